import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedFolder } from '../../../src/images/artifacts/cache.ts';

let parent: string;
const { signal } = new AbortController();
const content = (target: string): Promise<void> => writeFile(path.join(target, 'content'), 'whole');

beforeEach(async () => {
  parent = path.join(await mkdtemp(path.join(tmpdir(), 'cache-')), 'artifacts');
});
afterEach(() => rm(path.dirname(parent), { recursive: true }));

describe('a cached folder', () => {
  it('is made once, and is then there for ever', async () => {
    let made = 0;
    const make = async (target: string): Promise<void> => {
      made += 1;
      await content(target);
    };
    const first = await cachedFolder(parent, 'thing', make, signal);
    expect(await cachedFolder(parent, 'thing', make, signal)).toBe(first);
    expect(made).toBe(1);
    expect(await readFile(path.join(first, 'content'), 'utf8')).toBe('whole');
    expect(await readdir(parent)).toEqual(['thing']);
  });

  it('that fails leaves nothing, and is tried again the next time', async () => {
    const half = async (target: string): Promise<void> => {
      await content(target);
      throw new Error('half way');
    };
    await expect(cachedFolder(parent, 'thing', half, signal)).rejects.toThrow('half way');
    expect(await readdir(parent)).toEqual([]);
    await cachedFolder(parent, 'thing', content, signal);
    expect(await readdir(parent)).toEqual(['thing']);
  });

  it('does not keep what a killed process left half made', async () => {
    await mkdir(path.join(parent, 'thing.partial'), { recursive: true });
    await writeFile(path.join(parent, 'thing.partial', 'rubbish'), '');
    const folder = await cachedFolder(parent, 'thing', content, signal);
    expect(await readdir(folder)).toEqual(['content']);
  });

  it('is not seen before it is whole', async () => {
    await cachedFolder(
      parent,
      'thing',
      async (target) => {
        expect(await readdir(parent)).not.toContain('thing');
        await content(target);
      },
      signal,
    );
  });

  it('is made by one of two processes that want it at the same time, and the other waits for it', async () => {
    const log = path.join(path.dirname(parent), 'log');
    const want = (): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'make-folder.ts'), parent, log]);
    const folders = await Promise.all([want(), want(), want()]);
    expect(folders.map(({ stdout }) => stdout)).toEqual(Array(3).fill(path.join(parent, 'thing')));
    expect(await readFile(log, 'utf8')).toBe('made\n');
  });

  it('is no longer waited for after Ctrl-C', async () => {
    const stop = new AbortController();
    await cachedFolder(
      parent,
      'thing',
      async (target) => {
        const second = cachedFolder(parent, 'thing', content, stop.signal);
        stop.abort();
        await expect(second).rejects.toThrow(/abort/i);
        await content(target);
      },
      signal,
    );
  });
});
