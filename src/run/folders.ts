// The folders of runs below .lab/runs: working material of k6 beside what its snapshot keeps, so only the latest stay.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** Run folders that stay, the newest. */
const keptRuns = 20;

/** Removes all but the newest run folders; their names begin with the time. */
export async function pruneRunFolders(runs: string, kept = keptRuns): Promise<void> {
  const names = (await readdir(runs)).filter((name) => /^\d{8}T\d{6}Z-/.test(name)).sort();
  const old = names.slice(0, Math.max(0, names.length - kept));
  await Promise.all(old.map((name) => rm(path.join(runs, name), { recursive: true, force: true })));
}
