// Writes snapshots: into a folder with a temporary name, which is then renamed, so that half a snapshot is never seen.
import { access, constants, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LabError } from '../errors.ts';
import {
  type Aggregates,
  aggregatesSchema,
  type Manifest,
  manifestSchema,
  type SeriesFile,
  type Snapshot,
  seriesFileSchema,
  snapshotFile,
} from './format.ts';
import { seriesPath, sha256 } from './reader.ts';
import type { Reconciliation } from './reconcile.ts';

/** Folders that begin with this are being written, or were left behind by a crash. */
export const partialPrefix = '.partial-';

export interface SnapshotContent {
  readonly manifest: Omit<Manifest, 'files'>;
  readonly aggregates: Aggregates;
  readonly reconciliation: Reconciliation | undefined;
  /** the files of k6, byte for byte as they were written */
  readonly ledger: Buffer | undefined;
  readonly summary: Buffer | undefined;
  readonly series: readonly SeriesFile[];
}

/** Fault SNAPSHOTS_UNWRITABLE when snapshots cannot be written there: asked before a run, not after it. Makes the folder. */
export async function checkWritable(snapshots: string): Promise<void> {
  try {
    await mkdir(snapshots, { recursive: true });
    await access(snapshots, constants.W_OK | constants.X_OK);
    // access() lies to root and on read-only mounts: only writing tells
    const probe = path.join(snapshots, `${partialPrefix}probe-${process.pid}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw unwritable(snapshots, cause);
  }
}

export interface WrittenSnapshot {
  readonly folder: string;
  readonly snapshot: Snapshot;
}

/**
 * Writes a snapshot below `snapshots`. Faults: SNAPSHOTS_UNWRITABLE, SNAPSHOT_EXISTS. Whatever happens,
 * a half-written folder does not stay.
 */
export async function writeSnapshot(snapshots: string, content: SnapshotContent): Promise<WrittenSnapshot> {
  const { id } = content.manifest;
  let manifest: Manifest;
  const partial = path.join(snapshots, `${partialPrefix}${id}`);
  try {
    await mkdir(snapshots, { recursive: true });
    await rm(partial, { recursive: true, force: true });
    await mkdir(path.join(partial, snapshotFile.series), { recursive: true });
    const files: Manifest['files'] = [];
    for (const [file, bytes] of await render(content)) {
      await writeFile(path.join(partial, file), bytes);
      files.push({ path: file, bytes: bytes.length, sha256: sha256(bytes) });
    }
    manifest = manifestSchema.parse({ ...content.manifest, files });
    await writeFile(path.join(partial, snapshotFile.manifest), json(manifest));
  } catch (cause) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw isFileFault(cause) ? unwritable(snapshots, cause) : cause;
  }
  const folder = await landSnapshot(snapshots, partial, id);
  return { folder, snapshot: { manifest, aggregates: content.aggregates, reconciliation: content.reconciliation } };
}

/** Gives a complete folder its final name, never over another snapshot. Fault: SNAPSHOT_EXISTS. */
export async function landSnapshot(snapshots: string, partial: string, id: string): Promise<string> {
  const folder = path.join(snapshots, id);
  try {
    // a directory cannot be renamed over one that has files
    await rename(partial, folder);
    return folder;
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    if (!isFileFault(cause) || (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST'))
      throw unwritable(snapshots, cause);
    throw new LabError({
      code: 'SNAPSHOT_EXISTS',
      message: `there is already a snapshot ${id} in ${snapshots}`,
      hint: 'remove it first, or take the snapshot under another label',
      cause,
    });
  }
}

async function render(content: SnapshotContent): Promise<readonly (readonly [file: string, bytes: Buffer])[]> {
  const files: (readonly [string, Buffer])[] = [
    [snapshotFile.aggregates, json(aggregatesSchema.parse(content.aggregates))],
  ];
  if (content.reconciliation) files.push([snapshotFile.reconciliation, json(content.reconciliation)]);
  if (content.ledger) files.push([snapshotFile.ledger, content.ledger]);
  if (content.summary) files.push([snapshotFile.summary, content.summary]);
  for (const series of content.series) {
    const packed = await promisify(gzip)(JSON.stringify(seriesFileSchema.parse(series)));
    files.push([seriesPath(series.metric), packed]);
  }
  return files;
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`);
}

function isFileFault(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && 'code' in cause && 'syscall' in cause;
}

function unwritable(snapshots: string, cause: unknown): LabError {
  return new LabError({
    code: 'SNAPSHOTS_UNWRITABLE',
    message: `snapshots cannot be written to ${snapshots} (${cause instanceof Error ? cause.message : cause})`,
    hint: 'make the folder writable, or free space on its disk',
    cause,
  });
}
