import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as tar from 'tar';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contextParts, contextStream } from '../../src/images/context.ts';
import { buildOf } from './descriptors.ts';

let project: string;
beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), 'context-'));
});
afterEach(() => rm(project, { recursive: true }));

async function write(file: string, mode: number): Promise<void> {
  await mkdir(path.dirname(path.join(project, file)), { recursive: true });
  await writeFile(path.join(project, file), file);
  await chmod(path.join(project, file), mode);
}

it('holds the folder without Go sources, what is included, and artifacts with their modes and links', async () => {
  await write('images/app/Dockerfile', 0o600);
  await write('images/app/start.sh', 0o700);
  await write('images/app/main.go', 0o644);
  await write('images/app/go.mod', 0o644);
  await write('images/app/image.ts', 0o644);
  await write('web/src/main.ts', 0o644);
  await write('web/node_modules/a/index.js', 0o644);
  await write('made/bin/app', 0o755);
  await write('unpacked/usr/bin/su', 0o4755);
  await symlink('su', path.join(project, 'unpacked/usr/bin/sudo'));
  await chmod(path.join(project, 'unpacked/usr'), 0o700);

  const build = buildOf('app', {
    include: ['web'],
    artifacts: [{ kind: 'go-project', package: '.', binary: 'app' }],
  });
  const parts = await contextParts(project, build, [
    { folder: path.join(project, 'made/bin'), into: 'bin' },
    { folder: path.join(project, 'unpacked'), into: 'debs' },
  ]);

  const entries: string[] = [];
  const owners = new Set<string>();
  const parser = new tar.Parser({
    onReadEntry: (entry) => {
      const link = entry.linkpath ? ` -> ${entry.linkpath}` : '';
      entries.push(`${((entry.mode ?? 0) & 0o7777).toString(8)} ${entry.path}${link}`);
      owners.add(`${entry.uid}:${entry.gid} ${entry.mtime?.getTime()}`);
      entry.resume();
    },
  });
  await pipeline(contextStream(parts), parser as unknown as NodeJS.WritableStream);

  expect(entries.sort()).toEqual([
    '4755 artifacts/debs/usr/bin/su',
    '644 Dockerfile',
    '644 web/src/main.ts',
    '755 artifacts/bin',
    '755 artifacts/bin/app',
    '755 artifacts/debs',
    '755 artifacts/debs/usr',
    '755 artifacts/debs/usr/bin',
    '755 start.sh',
    '777 artifacts/debs/usr/bin/sudo -> su',
  ]);
  expect([...owners]).toEqual(['0:0 0']);
});
