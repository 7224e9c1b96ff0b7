// Snapshots on disk: what is written is read back, and what is damaged is named.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedger, readManifest, readSeries, readSnapshot, verifySnapshot } from '../../src/snapshot/reader.ts';
import { reconcile } from '../../src/snapshot/reconcile.ts';
import { checkWritable, writeSnapshot } from '../../src/snapshot/writer.ts';
import { aggregates, content, ledger, testid, wire } from './sample.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'snapshots-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const written = async (): Promise<string> => (await writeSnapshot(home, content)).folder;

describe('a snapshot', () => {
  it('is read back as it was written', async () => {
    const reconciliation = reconcile({ ledger, statsd: wire, prometheus: wire, topics: [], notes: [] });
    const { folder, snapshot } = await writeSnapshot(home, { ...content, reconciliation });
    expect(path.basename(folder)).toBe(testid);
    expect(await readSnapshot(folder)).toEqual(snapshot);
    expect(snapshot.aggregates).toEqual(aggregates);
    expect(snapshot.reconciliation).toEqual(reconciliation);
    expect(await readLedger(folder, snapshot.manifest)).toEqual(ledger);
    expect(await readSeries(folder, snapshot.manifest, 'http_request_rate')).toEqual(content.series[0]);
    expect(await readSeries(folder, snapshot.manifest, 'no_such_metric')).toBeUndefined();
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      'aggregates.json',
      'ledger.json',
      'manifest.json',
      'reconciliation.json',
      'series',
      'series/http_request_rate.json.gz',
      'summary.json',
    ]);
  });

  it('without ledger and sums is a snapshot all the same', async () => {
    const { folder } = await writeSnapshot(home, { ...content, ledger: undefined, summary: undefined });
    const { manifest, reconciliation } = await readSnapshot(folder);
    expect(reconciliation).toBeUndefined();
    expect(await readLedger(folder, manifest)).toBeUndefined();
  });

  it('is never written over another, and leaves nothing behind', async () => {
    await written();
    await expect(written()).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' });
    expect(await readdir(home)).toEqual([testid]);
  });

  it('that cannot be written whole is not there at all', async () => {
    const broken = { ...content, aggregates: { ...aggregates, schema: 7 } } as unknown as typeof content;
    await expect(writeSnapshot(home, broken)).rejects.toThrow();
    expect(await readdir(home)).toEqual([]);
  });
});

type Damage = (folder: string) => Promise<unknown>;
const edit =
  (file: string, change: (text: string) => string): Damage =>
  async (folder) =>
    writeFile(path.join(folder, file), change(await readFile(path.join(folder, file), 'utf8')));

describe('a damaged snapshot', () => {
  it.each<[string, Damage, string, string, string]>([
    ['no folder', (folder) => rm(folder, { recursive: true }), 'SNAPSHOT_NOT_FOUND', 'no snapshot folder', ''],
    ['no manifest', (folder) => rm(path.join(folder, 'manifest.json')), 'SNAPSHOT_FOREIGN', 'no manifest.json', ''],
    [
      "somebody else's manifest",
      (folder) => writeFile(path.join(folder, 'manifest.json'), '{"name":"a web app"}'),
      'SNAPSHOT_FOREIGN',
      "somebody else's",
      '',
    ],
    [
      'half a manifest',
      (folder) => truncate(path.join(folder, 'manifest.json'), 200),
      'SNAPSHOT_DAMAGED',
      'manifest.json',
      'not JSON',
    ],
    [
      'a newer format',
      edit('manifest.json', (text) => text.replace('"schema": 1', '"schema": 2')),
      'SNAPSHOT_NEWER',
      'format version 2, this lab reads 1',
      '',
    ],
    [
      'an older format',
      edit('manifest.json', (text) => text.replace('"schema": 1', '"schema": 0')),
      'SNAPSHOT_OLDER',
      'format version 0',
      '',
    ],
    [
      'an unknown key in the manifest',
      edit('manifest.json', (text) => text.replace('"schema": 1', '"schema": 1, "extra": true')),
      'SNAPSHOT_DAMAGED',
      'manifest.json',
      'extra',
    ],
    [
      'an ill-typed key',
      edit('manifest.json', (text) => text.replace(/"label": "base"/, '"label": 7')),
      'SNAPSHOT_DAMAGED',
      'manifest.json',
      'label',
    ],
    ['a missing file', (folder) => rm(path.join(folder, 'ledger.json')), 'SNAPSHOT_DAMAGED', 'ledger.json', 'missing'],
    [
      'a truncated file',
      (folder) => truncate(path.join(folder, 'series/http_request_rate.json.gz'), 10),
      'SNAPSHOT_DAMAGED',
      'series/http_request_rate.json.gz',
      'it has 10 bytes',
    ],
    [
      'a changed figure',
      edit('aggregates.json', (text) => text.replace('0.0335', '0.0334')),
      'SNAPSHOT_DAMAGED',
      'aggregates.json',
      'checksum',
    ],
    [
      'a file outside of the folder',
      edit('manifest.json', (text) => text.replace('"ledger.json"', '"../ledger.json"')),
      'SNAPSHOT_DAMAGED',
      'manifest.json',
      'outside',
    ],
  ])('%s', async (_, damage, code, message, detail) => {
    const folder = await written();
    await damage(folder);
    const fault = await readSnapshot(folder).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code, message: expect.stringContaining(message) });
    if (detail) expect(fault).toMatchObject({ detail: expect.stringContaining(detail) });
  });

  it('is found by verifying where only a large file was changed', async () => {
    const folder = await written();
    await edit('ledger.json', (text) => text.replace('"k6":"2.2.0"', '"k6":"9.9.9"'))(folder);
    await expect(readManifest(folder)).resolves.toBeDefined();
    await expect(verifySnapshot(folder)).rejects.toMatchObject({
      code: 'SNAPSHOT_DAMAGED',
      message: expect.stringContaining('ledger.json'),
    });
  });
});

describe('a folder that cannot be written', () => {
  it('is told before the run', async () => {
    const file = path.join(home, 'snapshots');
    await writeFile(file, 'a file where the folder should be');
    await expect(checkWritable(file)).rejects.toMatchObject({ code: 'SNAPSHOTS_UNWRITABLE' });
    await expect(writeSnapshot(file, content)).rejects.toMatchObject({ code: 'SNAPSHOTS_UNWRITABLE' });
  });

  const root = process.getuid?.() === 0;
  if (root) console.log('skipped: root may write everywhere, so a lack of permission cannot be made');
  it.skipIf(root)('is told for lack of permission', async () => {
    await chmod(home, 0o500);
    await expect(checkWritable(home)).rejects.toMatchObject({ code: 'SNAPSHOTS_UNWRITABLE' });
  });

  it('is made when it is not there yet', async () => {
    await checkWritable(path.join(home, 'a/b'));
    await mkdir(path.join(home, 'a/b/c'));
    expect(await readdir(path.join(home, 'a/b'))).toEqual(['c']);
  });
});
