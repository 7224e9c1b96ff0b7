// A folder of the cache that is made once: whole or not at all, also when two processes want it at the same time.
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import pRetry from 'p-retry';
import lockfile from 'proper-lockfile';

/**
 * The folder `<parent>/<name>`, made by `make` in a temporary folder beside it when it is not there yet.
 * Another process that makes the same folder is waited for. A failed `make` leaves nothing behind.
 */
export async function cachedFolder(
  parent: string,
  name: string,
  make: (target: string) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  const final = path.join(parent, name);
  if (await exists(final)) return final;
  await mkdir(parent, { recursive: true });
  const unlock = await lock(final, signal);
  const partial = `${final}.partial`;
  try {
    if (await exists(final)) return final;
    // whoever left this behind no longer holds the lock
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial);
    await make(partial);
    await rename(partial, final);
    return final;
  } finally {
    // programs that were told to end may still be writing
    await rm(partial, { recursive: true, force: true, maxRetries: 5 });
    await unlock();
  }
}

async function lock(file: string, signal: AbortSignal): Promise<() => Promise<void>> {
  const release = await pRetry(
    () =>
      lockfile.lock(file, {
        realpath: false,
        stale: 20_000,
        update: 4_000,
        // the folder is renamed into place whole, so a lost lock costs work at most
        onCompromised: () => undefined,
      }),
    {
      retries: Number.POSITIVE_INFINITY,
      factor: 1,
      minTimeout: 250,
      signal,
      shouldRetry: ({ error }) => (error as NodeJS.ErrnoException).code === 'ELOCKED',
    },
  );
  return () => release().catch(() => undefined);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
