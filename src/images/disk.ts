// A full disk, however a program words it.
import { statfs } from 'node:fs/promises';
import { LabError } from '../errors.ts';

/** With less than this, programs fail in ways of their own, which need not name the reason. */
const scarceBytes = 20_000_000;

/** Does this text, of an error or of a program's output, speak of a full disk? */
export function isDiskFull(text: string): boolean {
  return /no space left on device|ENOSPC|not enough free space|disk quota exceeded/i.test(text);
}

/** The fault for work that a full disk ended. */
export function diskFault(doing: string, cause: unknown): LabError {
  return new LabError({
    code: 'NO_DISK_SPACE',
    message: `the disk is full: ${doing} could not finish`,
    hint: 'free some space (`docker system df` shows what the engine keeps), or set XDG_CACHE_HOME to a disk that has some',
    cause,
  });
}

/** Runs work that fills `folder`; when it fails and the disk is full, that is the reason, whatever else was said. */
export async function explainingFullDisk<T>(folder: string, doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const words = error instanceof LabError ? `${error.message}\n${error.detail ?? ''}` : String(error);
    const free = await statfs(folder).then(({ bavail, bsize }) => bavail * bsize);
    throw isDiskFull(words) || free < scarceBytes ? diskFault(doing, error) : error;
  }
}
