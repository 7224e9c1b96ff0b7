// Two commands at once: the second is refused and told who is at work.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../src/lab/lock.ts';

describe('the lock', () => {
  it('refuses a second command, naming the first, and is free afterwards', async () => {
    const folder = path.join(await mkdtemp(path.join(tmpdir(), 'lab-lock-')), '.lab');
    await withLock(folder, 'lab:run smoke', async () => {
      await expect(withLock(folder, 'lab:down', async () => 'done')).rejects.toMatchObject({
        code: 'LAB_BUSY',
        message: `another command works on this lab: lab:run smoke (pid ${process.pid})`,
      });
    });
    await expect(withLock(folder, 'lab:down', async () => 'done')).resolves.toBe('done');
  });

  it('is free after a failure', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lab-lock-'));
    await expect(withLock(folder, 'a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(withLock(folder, 'b', async () => 1)).resolves.toBe(1);
  });
});
