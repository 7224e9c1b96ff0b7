// One at a time: two lab commands that start at once must not both unpack, build or start the same thing.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import type { EngineDeps } from './deps.ts';

/**
 * Runs `work` while holding the lock `<folder>/<name>.lock`, waiting for whoever holds it. The lock of a process that
 * died is taken over after ten seconds.
 */
export async function withLock<T>(
  deps: Pick<EngineDeps, 'onProgress' | 'signal'>,
  folder: string,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const lockfilePath = path.join(folder, `${name}.lock`);
  const release = await acquire(deps, folder, lockfilePath);
  try {
    return await work();
  } finally {
    await release().catch(() => {}); // taken over, after this process was asleep for long
  }
}

async function acquire(
  deps: Pick<EngineDeps, 'onProgress' | 'signal'>,
  folder: string,
  lockfilePath: string,
): Promise<() => Promise<void>> {
  let waiting = false;
  for (;;) {
    try {
      return await lock(folder, { lockfilePath, stale: 10_000, update: 2_000, onCompromised: () => {} });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (!waiting) deps.onProgress?.(`waiting for another command that holds ${lockfilePath}`);
    waiting = true;
    await delay(200, undefined, deps.signal ? { signal: deps.signal } : {});
  }
}
