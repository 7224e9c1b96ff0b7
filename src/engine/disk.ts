// Running out of disk space: one error for all the places where it happens.
import prettyBytes from 'pretty-bytes';
import { LabError } from '../errors.ts';

/** NO_DISK_SPACE for the file system of a folder; sizes in bytes where they are known. */
export function diskFault(folder: string, freeBytes?: number, neededBytes?: number): LabError {
  const sizes =
    freeBytes === undefined || neededBytes === undefined
      ? ''
      : `: ${prettyBytes(freeBytes, { binary: true })} free, ${prettyBytes(neededBytes, { binary: true })} needed`;
  return new LabError({
    code: 'NO_DISK_SPACE',
    message: `no space left on the disk of ${folder}${sizes}`,
    hint: 'free some space, or put the cache on another disk: export XDG_CACHE_HOME=/path/with/space',
  });
}
