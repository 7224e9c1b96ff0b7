// Run folders: the newest stay, what is not one is left alone.
import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { pruneRunFolders } from '../../src/run/folders.ts';

it('keeps the newest run folders, and whatever is none', async () => {
  const runs = await mkdtemp(path.join(tmpdir(), 'runs-'));
  const names = ['20260101T000000Z-smoke-a', '20260103T000000Z-smoke-c', '20260102T000000Z-orders-b', 'notes'];
  for (const name of names) await mkdir(path.join(runs, name));
  await pruneRunFolders(runs, 2);
  expect((await readdir(runs)).sort()).toEqual(['20260102T000000Z-orders-b', '20260103T000000Z-smoke-c', 'notes']);
  await pruneRunFolders(runs, 2);
  expect(await readdir(runs)).toHaveLength(3);
});
