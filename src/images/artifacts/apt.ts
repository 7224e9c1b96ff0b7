// Debian packages by the machine's own apt: downloaded and unpacked, never installed.
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { LabError } from '../../errors.ts';
import { type Host, mustRun } from '../../host.ts';
import type { Artifact } from '../descriptor.ts';
import type { Tell } from '../steps.ts';
import type { ArtifactContext, ArtifactRecipe } from './artifact.ts';

type Deb = Extract<Artifact, { kind: 'deb' }>;

/** Debian packages, unpacked into one tree. */
export function deb(artifact: Deb, context: ArtifactContext): ArtifactRecipe {
  return {
    title: `deb ${artifact.packages.join(' ')}`,
    into: artifact.into,
    key: async () => [artifact.kind, artifact.packages, context.architecture],
    load: 'network',
    make: (target, tell) => unpackDebs(context.host, artifact.packages, target, context.signal, tell),
  };
}

/** Downloads packages with apt and unpacks them into `target`; the package lists are refreshed once if they are stale. */
export async function unpackDebs(
  host: Host,
  packages: readonly string[],
  target: string,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  await requireApt(host);
  const downloads = path.join(target, '.download');
  await mkdir(downloads, { recursive: true });
  const download = ['download', ...packages];
  const options = { cwd: downloads, signal, onLine: tell };
  const first = await host.run('apt-get', download, options);
  if (first.exitCode !== 0) {
    await updateLists(host, signal, tell);
    await mustRun(
      host,
      'apt-get',
      download,
      {
        code: 'DEB_UNAVAILABLE',
        message: `apt cannot download ${packages.join(', ')}`,
        hint: "check the machine's apt sources with `apt-get update`, then run the command again",
      },
      options,
    );
  }
  for (const file of await readdir(downloads)) {
    if (!file.endsWith('.deb')) continue;
    await mustRun(
      host,
      'dpkg',
      ['-x', path.join(downloads, file), target],
      {
        code: 'DEB_BROKEN',
        message: `${file} cannot be unpacked`,
        hint: 'run the command again; if it stays, the mirror is damaged',
      },
      { signal },
    );
  }
  await rm(downloads, { recursive: true });
}

/** Refreshes apt's package lists. */
export async function updateLists(host: Host, signal: AbortSignal, tell: Tell): Promise<void> {
  await mustRun(
    host,
    'apt-get',
    ['update'],
    {
      code: 'APT_UPDATE_FAILED',
      message: 'apt cannot refresh its package lists',
      hint: 'run `apt-get update` as root and mend what it complains about',
    },
    { signal, onLine: tell },
  );
}

/** Fails with the fix where there is no apt. */
export async function requireApt(host: Host): Promise<void> {
  if (host.platform === 'linux' && (await host.run('apt-get', ['--version'])).exitCode === 0) return;
  throw new LabError({
    code: 'APT_MISSING',
    message:
      'without a container registry, the lab builds its images from Debian packages, and this machine has no apt',
    hint: 'give it a registry (images.mirror in lab.yaml, or network access for the engine), or run it on Debian or Ubuntu',
  });
}
