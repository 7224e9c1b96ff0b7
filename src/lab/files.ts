// Writes what the services mount: generated files below .lab/, the compose file, Grafana's password.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { grafanaPasswordFile } from '../../compose/grafana.ts';
import type { GeneratedFile } from '../../compose/service.ts';
import { LabError } from '../errors.ts';

/** Writes the files that changed; returns their paths. Errors: LAB_FOLDER_UNWRITABLE, NO_DISK_SPACE. */
export async function writeGenerated(labFolder: string, files: readonly GeneratedFile[]): Promise<readonly string[]> {
  const changed: string[] = [];
  try {
    await mkdir(labFolder, { recursive: true });
    await removeStaleDashboards(labFolder, files);
    for (const file of files) {
      const target = path.join(labFolder, file.path);
      if ((await readFile(target, 'utf8').catch(() => undefined)) === file.content) continue;
      await mkdir(path.dirname(target), { recursive: true });
      // a container that runs keeps the file it has mounted until compose recreates it: never half of the new one
      const partial = `${target}.new`;
      await writeFile(partial, file.content);
      // containers read it as other users, whatever the umask
      await chmod(partial, 0o644);
      await rename(partial, target);
      changed.push(file.path);
    }
  } catch (cause) {
    throw folderFault(labFolder, cause as NodeJS.ErrnoException);
  }
  return changed;
}

const dashboardFolder = 'grafana/dashboards';

/**
 * Grafana shows every file of its folder, also one that an older version of the lab wrote. The folder itself stays: a
 * container that has it mounted would go on with the one that is gone.
 */
async function removeStaleDashboards(labFolder: string, files: readonly GeneratedFile[]): Promise<void> {
  const folder = path.join(labFolder, dashboardFolder);
  const wanted = new Set(files.map((file) => file.path));
  const present = await readdir(folder).catch(() => []);
  const stale = present.filter((name) => !wanted.has(`${dashboardFolder}/${name}`));
  await Promise.all(stale.map((name) => rm(path.join(folder, name))));
}

/** Makes the admin password once, readable by its owner alone; returns it. */
export async function grafanaPassword(labFolder: string): Promise<string> {
  const file = path.join(labFolder, grafanaPasswordFile);
  const existing = await readFile(file, 'utf8').catch(() => undefined);
  if (existing !== undefined) return existing;
  const password = randomBytes(12).toString('base64url');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

function folderFault(folder: string, cause: NodeJS.ErrnoException): LabError {
  return cause.code === 'ENOSPC'
    ? new LabError({
        code: 'NO_DISK_SPACE',
        message: `no disk space left while writing ${folder}`,
        hint: 'free some space; `npm run lab:snapshot -- prune` removes old snapshots',
        cause,
      })
    : new LabError({
        code: 'LAB_FOLDER_UNWRITABLE',
        message: `cannot write ${cause.path ?? folder}: ${cause.message}`,
        hint: 'the checkout must be writable by the user who runs the lab',
        cause,
      });
}
