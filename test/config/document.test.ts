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
    const alternatives = /^# {2}(kind: +#|file|baseUrl|healthUrl|metrics)/;
    const uncommented = renderExample(keys)
      .split('\n')
      .filter((line) => !line.startsWith('# ') && !alternatives.test(line) && !/<name>|^# {4}/.test(line))
      .map((line) => line.slice(1))
      .join('\n');
    expect(parseConfig({ file: 'lab.yaml', text: uncommented })).toEqual(defaultConfig);
  });
});
