// A full disk, however a program words it.
import { LabError } from '../errors.ts';

/** Does this text, of an error or of a program's output, speak of a full disk? */
export function isDiskFull(text: string): boolean {
  return /no space left on device|ENOSPC|not enough free space|disk quota exceeded/i.test(text);
}

/** The fault for work that a full disk ended. */
export function diskFault(doing: string, cause: unknown): LabError {
  return new LabError({
    code: 'NO_DISK_SPACE',
    message: `the disk is full: ${doing} could not finish`,
    hint: 'free some space (`docker system df` shows what the engine keeps), then run the command again',
    cause,
  });
}
