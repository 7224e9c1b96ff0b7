// The folder of snapshots: list, find by what a user calls them, remove old ones.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { distance } from 'fastest-levenshtein';
import { exitCode, LabError } from '../errors.ts';
import type { Manifest } from './format.ts';
import { readManifest } from './reader.ts';
import { partialPrefix } from './writer.ts';

export interface StoredSnapshot {
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface SnapshotList {
  /** oldest first */
  readonly snapshots: readonly StoredSnapshot[];
  /** folders that are not (whole) snapshots, and why */
  readonly invalid: readonly { readonly folder: string; readonly fault: LabError }[];
}

/** Everything in the folder; a folder that does not exist yet has no snapshots. */
export async function listSnapshots(snapshots: string): Promise<SnapshotList> {
  const names = (await folders(snapshots)).filter((name) => !name.startsWith('.'));
  const valid: StoredSnapshot[] = [];
  const invalid: { folder: string; fault: LabError }[] = [];
  await Promise.all(
    names.map(async (name) => {
      const folder = path.join(snapshots, name);
      try {
        valid.push({ folder, manifest: await readManifest(folder) });
      } catch (fault) {
        if (!(fault instanceof LabError)) throw fault;
        invalid.push({ folder, fault });
      }
    }),
  );
  return { snapshots: valid.sort(byStart), invalid: invalid.sort((a, b) => (a.folder < b.folder ? -1 : 1)) };
}

function byStart(a: StoredSnapshot, b: StoredSnapshot): number {
  return a.manifest.startedMs - b.manifest.startedMs || (a.manifest.id < b.manifest.id ? -1 : 1);
}

export interface FoundSnapshot extends StoredSnapshot {
  /** how the reference was understood; of a label it is the latest run, of `runs` runs */
  readonly by:
    | { readonly kind: 'folder' }
    | { readonly kind: 'id' }
    | { readonly kind: 'label'; readonly runs: number };
}

/**
 * Finds a snapshot by folder, by id, or by label (its latest run). Faults: SNAPSHOT_NO_MATCH with the nearest names, and those
 * of the reader for a folder that is not a whole snapshot.
 */
export async function findSnapshot(snapshots: string, reference: string, cwd: string): Promise<FoundSnapshot> {
  if (reference.includes('/') || reference === '.') {
    const folder = path.resolve(cwd, reference);
    return { folder, manifest: await readManifest(folder), by: { kind: 'folder' } };
  }
  const { snapshots: known, invalid } = await listSnapshots(snapshots);
  const byId = known.find(({ manifest }) => manifest.id === reference);
  if (byId) return { ...byId, by: { kind: 'id' } };
  const damaged = invalid.find(({ folder }) => path.basename(folder) === reference);
  if (damaged) throw damaged.fault;
  const labelled = known.filter(({ manifest }) => manifest.label === reference);
  const latest = labelled.at(-1);
  if (latest) return { ...latest, by: { kind: 'label', runs: labelled.length } };
  throw noMatch(reference, known);
}

function noMatch(reference: string, known: readonly StoredSnapshot[]): LabError {
  const names = new Set(known.flatMap(({ manifest }) => [manifest.label, manifest.id]));
  const nearest = [...names]
    .map((name) => ({ name, far: distance(reference, name) }))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
  return new LabError({
    code: 'SNAPSHOT_NO_MATCH',
    message: `no snapshot has the id or label ${reference}`,
    hint:
      nearest.length > 0
        ? `the nearest are ${nearest.join(', ')}; npm run lab:snapshot -- list shows all`
        : 'there are no snapshots yet: npm run lab:run -- smoke takes one',
    exit: exitCode.usage,
  });
}

export interface PruneRule {
  /** this many of the newest stay, whatever their age */
  readonly keep?: number;
  /** only what started longer ago than this is removed, milliseconds */
  readonly olderThanMs?: number;
}

/** Which snapshots a rule removes, oldest first. Pure. */
export function prunable(
  snapshots: readonly StoredSnapshot[],
  { keep = 0, olderThanMs = 0 }: PruneRule,
  nowMs: number,
): readonly StoredSnapshot[] {
  const sorted = [...snapshots].sort(byStart);
  return sorted
    .slice(0, Math.max(0, sorted.length - keep))
    .filter(({ manifest }) => manifest.startedMs < nowMs - olderThanMs);
}

/** Removes snapshots, and what a crash left half-written. Never touches a folder that it cannot read as a snapshot. */
export async function removeSnapshots(snapshots: string, doomed: readonly StoredSnapshot[]): Promise<void> {
  const partial = (await folders(snapshots)).filter((name) => name.startsWith(partialPrefix));
  for (const folder of [...doomed.map(({ folder }) => folder), ...partial.map((name) => path.join(snapshots, name))]) {
    await rm(folder, { recursive: true });
  }
}

async function folders(snapshots: string): Promise<readonly string[]> {
  const entries = await readdir(snapshots, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause;
  });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
