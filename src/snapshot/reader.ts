// Reads snapshots, strictly: what is damaged, foreign or of another version is named, never guessed at.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { LabError } from '../errors.ts';
import {
  aggregatesSchema,
  type Manifest,
  manifestSchema,
  type SeriesFile,
  type Snapshot,
  seriesFileSchema,
  snapshotFile,
  snapshotKind,
  snapshotSchemaVersion,
} from './format.ts';
import { type Ledger, parseLedger } from './ledger.ts';
import { reconciliationSchema } from './reconcile.ts';

/**
 * Faults of every function here: SNAPSHOT_NOT_FOUND, SNAPSHOT_FOREIGN (not one of ours), SNAPSHOT_OLDER and SNAPSHOT_NEWER
 * (format version), SNAPSHOT_DAMAGED (the message names the file, the detail what is wrong with it).
 */
export async function readSnapshot(folder: string): Promise<Snapshot> {
  const manifest = await readManifest(folder);
  const aggregates = await readJson(folder, manifest, snapshotFile.aggregates, aggregatesSchema);
  const reconciliation = has(manifest, snapshotFile.reconciliation)
    ? await readJson(folder, manifest, snapshotFile.reconciliation, reconciliationSchema)
    : undefined;
  return { manifest, aggregates, reconciliation };
}

/** The manifest alone: enough to list. Checks that the files it names are there with their size. */
export async function readManifest(folder: string): Promise<Manifest> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new LabError({
      code: 'SNAPSHOT_NOT_FOUND',
      message: `there is no snapshot folder ${folder}`,
      hint: 'npm run lab:snapshot -- list shows the snapshots there are',
    });
  }
  const file = path.join(folder, snapshotFile.manifest);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw foreign(folder, `it has no ${snapshotFile.manifest}`);
  const content = parseManifest(folder, text);
  const manifest = manifestSchema.safeParse(content);
  if (!manifest.success) throw damaged(folder, snapshotFile.manifest, z.prettifyError(manifest.error));
  await checkSizes(folder, manifest.data);
  return manifest.data;
}

/** The ledger; undefined when the run has none. */
export async function readLedger(folder: string, manifest: Manifest): Promise<Ledger | undefined> {
  if (!has(manifest, snapshotFile.ledger)) return undefined;
  const content = await readChecked(folder, manifest, snapshotFile.ledger);
  return parseLedger(content.toString('utf8'), path.join(folder, snapshotFile.ledger));
}

/** The series of one metric; undefined when the snapshot has none of it. */
export async function readSeries(folder: string, manifest: Manifest, metric: string): Promise<SeriesFile | undefined> {
  const file = seriesPath(metric);
  if (!has(manifest, file)) return undefined;
  const packed = await readChecked(folder, manifest, file);
  const text = await promisify(gunzip)(packed).catch((cause: Error) => {
    throw damaged(folder, file, cause.message);
  });
  return parse(folder, file, text.toString('utf8'), seriesFileSchema);
}

/** Reads every file and compares its checksum: for snapshots that come from elsewhere. */
export async function verifySnapshot(folder: string): Promise<Snapshot> {
  const snapshot = await readSnapshot(folder);
  for (const { path: file } of snapshot.manifest.files) await readChecked(folder, snapshot.manifest, file);
  await readLedger(folder, snapshot.manifest);
  return snapshot;
}

/** Path of a metric's series inside a snapshot. */
export function seriesPath(metric: string): string {
  return `${snapshotFile.series}/${metric}.json.gz`;
}

function has(manifest: Manifest, file: string): boolean {
  return manifest.files.some(({ path: known }) => known === file);
}

function parseManifest(folder: string, text: string): unknown {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw damaged(folder, snapshotFile.manifest, `not JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
  const head = z.object({ kind: z.literal(snapshotKind), schema: z.number() }).safeParse(content);
  if (!head.success) throw foreign(folder, `its ${snapshotFile.manifest} is somebody else's`);
  const { schema } = head.data;
  if (schema === snapshotSchemaVersion) return content;
  const newer = schema > snapshotSchemaVersion;
  throw new LabError({
    code: newer ? 'SNAPSHOT_NEWER' : 'SNAPSHOT_OLDER',
    message: `snapshot ${folder} has format version ${schema}, this lab reads ${snapshotSchemaVersion}`,
    hint: newer
      ? 'update the lab to read it'
      : 'read it with the version of the lab that wrote it (manifest.json: lab)',
  });
}

async function checkSizes(folder: string, manifest: Manifest): Promise<void> {
  await Promise.all(
    manifest.files.map(async ({ path: file, bytes }) => {
      if (!isInside(file))
        throw damaged(folder, snapshotFile.manifest, `it names a file outside of the folder: ${file}`);
      const found = await stat(path.join(folder, file)).catch(() => undefined);
      if (!found) throw damaged(folder, file, 'the file is missing');
      if (found.size !== bytes) throw damaged(folder, file, `it has ${found.size} bytes, ${bytes} were written`);
    }),
  );
}

function isInside(file: string): boolean {
  return !path.isAbsolute(file) && !file.split(/[\\/]/).includes('..');
}

async function readChecked(folder: string, manifest: Manifest, file: string): Promise<Buffer> {
  const entry = manifest.files.find(({ path: known }) => known === file);
  if (!entry) throw damaged(folder, file, 'the manifest does not name it');
  const content = await readFile(path.join(folder, file)).catch((cause: Error) => {
    throw damaged(folder, file, cause.message);
  });
  if (sha256(content) !== entry.sha256) throw damaged(folder, file, 'its checksum is not the one in the manifest');
  return content;
}

async function readJson<T>(folder: string, manifest: Manifest, file: string, schema: z.ZodType<T>): Promise<T> {
  return parse(folder, file, (await readChecked(folder, manifest, file)).toString('utf8'), schema);
}

function parse<T>(folder: string, file: string, text: string, schema: z.ZodType<T>): T {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw damaged(folder, file, `not JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
  const result = schema.safeParse(content);
  if (!result.success) throw damaged(folder, file, z.prettifyError(result.error));
  return result.data;
}

/** Hexadecimal SHA-256. */
export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function damaged(folder: string, file: string, what: string): LabError {
  return new LabError({
    code: 'SNAPSHOT_DAMAGED',
    message: `snapshot ${folder} is damaged: ${file}`,
    hint: 'copy it anew from where it came from, or remove the folder',
    detail: what,
  });
}

function foreign(folder: string, what: string): LabError {
  return new LabError({
    code: 'SNAPSHOT_FOREIGN',
    message: `${folder} is not a snapshot of this lab: ${what}`,
    hint: 'name a snapshot id, a label, or a folder that lab:run or lab:snapshot wrote',
  });
}
