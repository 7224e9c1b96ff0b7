// One command at a time per checkout: a lock on .lab/ that a dead process does not keep.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lock } from 'proper-lockfile';
import { LabError } from '../errors.ts';

/** A lock whose holder has not renewed it for this long belongs to a dead process. */
const staleMs = 10_000;

/**
 * Runs `work` while holding the checkout's lock. Errors: LAB_BUSY, naming the command that holds it.
 * @param command what to tell the others, e.g. `lab:run smoke`
 */
export async function withLock<T>(labFolder: string, command: string, work: () => Promise<T>): Promise<T> {
  await mkdir(labFolder, { recursive: true });
  const note = path.join(labFolder, 'busy.txt');
  const release = await lock(labFolder, {
    lockfilePath: path.join(labFolder, 'busy.lock'),
    stale: staleMs,
    update: staleMs / 4,
  }).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ELOCKED') throw cause;
    const holder = await readFile(note, 'utf8').catch(() => 'another command');
    throw new LabError({
      code: 'LAB_BUSY',
      message: `another command works on this lab: ${holder.trim()}`,
      hint: `wait for it, or stop it; a lock left by a dead process is ignored after ${staleMs / 1000} s`,
      cause,
    });
  });
  try {
    await writeFile(note, `${command} (pid ${process.pid})\n`);
    return await work();
  } finally {
    await release();
  }
}
