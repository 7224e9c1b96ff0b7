// Snapshots on their way out and in: CSV and JSON of the figures, and archives of whole snapshots.
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { create, extract } from 'tar';
import { LabError } from '../errors.ts';
import { type Snapshot, snapshotFile } from './format.ts';
import { groupLedger, type Ledger, mergeDistributions } from './ledger.ts';
import { verifySnapshot } from './reader.ts';
import { landSnapshot, partialPrefix } from './writer.ts';

/** One line per figure, with a header. Labels are `key=value`, separated by `;`. */
export function toCsv({ manifest, aggregates }: Snapshot): string {
  const rows = aggregates.metrics.flatMap(({ id, unit, origin, values }) =>
    values.map(({ labels, value }) => ({
      snapshot: manifest.id,
      label: manifest.label,
      scenario: manifest.run.kind === 'run' ? manifest.run.scenario.name : '',
      started: new Date(manifest.startedMs).toISOString(),
      metric: id,
      of: Object.entries(labels)
        .map(([key, text]) => `${key}=${text}`)
        .join(';'),
      value: value ?? '',
      unit,
      origin,
    })),
  );
  const columns = ['snapshot', 'label', 'scenario', 'started', 'metric', 'of', 'value', 'unit', 'origin'];
  // a label that begins with = must not become a formula in somebody's spreadsheet
  return stringify(rows, { header: true, columns, escape_formulas: true });
}

const quantiles = [0.5, 0.9, 0.95, 0.99, 0.999];

/** Everything but the series; histograms as quantiles, in milliseconds for time. */
export function toJson({ manifest, aggregates, reconciliation }: Snapshot, ledger: Ledger | undefined): string {
  const apis = ledger
    ? groupLedger(ledger, 'http_req_duration', ['name']).map(({ labels, count, sum, min, max, series }) => {
        const distribution = mergeDistributions(series);
        const at = quantiles.map((q) => [`p${q * 100}`, distribution ? Math.min(max, distribution.quantile(q)) : null]);
        return { name: labels.name, count, mean: sum / count, min, max, ...Object.fromEntries(at) };
      })
    : [];
  const content = { manifest, aggregates: aggregates.metrics, reconciliation: reconciliation ?? null, latencyMs: apis };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** Packs a snapshot's folder into a .tar.gz that importArchive reads on another machine. */
export async function exportArchive(folder: string, file: string): Promise<void> {
  await create({ gzip: true, file, cwd: path.dirname(folder), portable: true }, [path.basename(folder)]);
}

/** More than any snapshot has: an archive from elsewhere must not fill the disk. */
const maxArchiveBytes = 2 * 1024 ** 3;

/**
 * Unpacks an archive, verifies every file in it, and only then gives it its place. Returns the folder. Faults:
 * ARCHIVE_UNREADABLE, those of the reader, SNAPSHOT_EXISTS.
 */
export async function importArchive(snapshots: string, file: string): Promise<string> {
  await mkdir(snapshots, { recursive: true });
  const staging = await mkdtemp(path.join(snapshots, `${partialPrefix}import-`));
  try {
    await unpack(file, staging);
    const folder = await snapshotRoot(staging);
    const { manifest } = await verifySnapshot(folder);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(manifest.id))
      throw unreadable(file, `its id is ${JSON.stringify(manifest.id)}`);
    await removeUnnamed(folder, new Set([snapshotFile.manifest, ...manifest.files.map(({ path: known }) => known)]));
    const partial = path.join(snapshots, `${partialPrefix}${manifest.id}`);
    await rm(partial, { recursive: true, force: true });
    await rename(folder, partial);
    return await landSnapshot(snapshots, partial, manifest.id);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function unpack(file: string, into: string): Promise<void> {
  let bytes = 0;
  // collected, not thrown: a throw inside of the stream would never reach the caller
  let refused: string | undefined;
  try {
    await extract({
      file,
      cwd: into,
      strict: true,
      preserveOwner: false,
      filter: (_, entry) => {
        if (!('type' in entry) || (entry.type !== 'File' && entry.type !== 'Directory')) {
          refused ??= 'it holds something else than files and folders';
        } else {
          bytes += entry.size;
          if (bytes > maxArchiveBytes) refused ??= 'it is larger than any snapshot';
        }
        return refused === undefined;
      },
    });
  } catch (cause) {
    throw unreadable(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (refused) throw unreadable(file, refused);
}

/** The folder with the manifest: the archive's own root, or the one folder in it. */
async function snapshotRoot(staging: string): Promise<string> {
  if (await stat(path.join(staging, snapshotFile.manifest)).catch(() => undefined)) return staging;
  const [only, ...others] = await readdir(staging);
  return only !== undefined && others.length === 0 ? path.join(staging, only) : staging;
}

async function removeUnnamed(folder: string, named: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.relative(folder, path.join(entry.parentPath, entry.name));
    if (!entry.isDirectory() && !named.has(file)) await rm(path.join(folder, file));
  }
}

function unreadable(file: string, why: string, cause?: unknown): LabError {
  return new LabError({
    code: 'ARCHIVE_UNREADABLE',
    message: `${file} cannot be imported: ${why}`,
    hint: 'it has to be a .tar.gz that npm run lab:snapshot -- export --archive wrote',
    cause,
  });
}
