// Writes what is derived from the code into the documentation: lab.yaml's comments and the table of keys.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configKeys, renderExample, renderTable } from '../src/config/document.ts';
import { projectRoot } from '../src/paths.ts';

const marker = '<!-- keys: written by npm run docs -->';

const keys = configKeys();
await writeFile(path.join(projectRoot, 'lab.yaml'), renderExample(keys));
const page = path.join(projectRoot, 'docs/configuration.md');
const text = await readFile(page, 'utf8');
const [before = '', , after = ''] = text.split(marker);
await writeFile(page, `${before}${marker}\n\n${renderTable(keys)}\n${marker}${after}`);
