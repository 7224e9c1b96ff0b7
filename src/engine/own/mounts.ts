// The mounts below a folder, and their end.
import { readFile } from 'node:fs/promises';
import type { Host } from '../../host.ts';

/** Mount points below (or at) one of the folders in the text of /proc/self/mountinfo, the innermost first. */
export function mountsBelow(mountinfo: string, folders: readonly string[]): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) => unescapeOctal(line.split(' ')[4] ?? ''))
    .filter((point) => folders.some((folder) => point === folder || point.startsWith(`${folder}/`)))
    .reverse();
}

/** Spaces and the like are written as \040 there. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Unmounts everything below the folders; returns the mount points that would not go. */
export async function unmountBelow(host: Host, folders: readonly string[]): Promise<readonly string[]> {
  const current = async (): Promise<readonly string[]> =>
    mountsBelow(await readFile('/proc/self/mountinfo', 'utf8'), folders);
  for (const point of await current()) {
    const { exitCode } = await host.run('umount', [point]);
    // Still in use by something that is about to end: it leaves the tree now and the disk later.
    if (exitCode !== 0) await host.run('umount', ['-l', point]);
  }
  return current();
}
