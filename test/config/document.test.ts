// lab.yaml and docs/configuration.md say what the schema says.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { configKeys, renderExample, renderTable } from '../../src/config/document.ts';
import { parseConfig } from '../../src/config/load.ts';
import { defaultConfig } from '../../src/config/schema.ts';
import { projectRoot } from '../../src/paths.ts';

const keys = configKeys();

describe('the documentation of the configuration', () => {
  it('describes every key', () => {
    expect(keys.filter((key) => key.description === '').map((key) => key.path)).toEqual([]);
  });

  it('is lab.yaml (npm run docs writes it anew)', async () => {
    expect(await readFile(path.join(projectRoot, 'lab.yaml'), 'utf8')).toBe(renderExample(keys));
  });

  it('is the table of docs/configuration.md (npm run docs writes it anew)', async () => {
    expect(await readFile(path.join(projectRoot, 'docs/configuration.md'), 'utf8')).toContain(renderTable(keys));
  });

  it('gives defaults in lab.yaml that are valid and are the defaults', () => {
    const builtin = renderExample(keys.filter((key) => !(key.path.startsWith('target.') && key.default === undefined)));
    const uncommented = builtin
      .split('\n')
      .filter((line) => /^#(?! )|^# {2}/.test(line) && !line.includes('<name>'))
      .map((line) => line.slice(1))
      .filter((line) => !/^ *\w+: +#/.test(line) && !/^ {4}/.test(line) && !/^ {2}metrics/.test(line))
      .join('\n');
    expect(parseConfig({ file: 'lab.yaml', text: uncommented })).toEqual(defaultConfig);
  });
});
