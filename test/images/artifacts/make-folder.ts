// A process of its own that wants a cached folder: adds a line to a file when it is the one that makes it.
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cachedFolder } from '../../../src/images/artifacts/cache.ts';

const [parent = '', log = ''] = process.argv.slice(2);
const folder = await cachedFolder(
  parent,
  'thing',
  async (target) => {
    await appendFile(log, `made\n`);
    await writeFile(path.join(target, 'content'), 'whole');
  },
  new AbortController().signal,
);
process.stdout.write(folder);
