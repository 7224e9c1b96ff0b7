// Finding, listing, removing and exchanging snapshots.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportArchive, importArchive, toCsv, toJson } from '../../src/snapshot/exchange.ts';
import { parseAge, parseMoment } from '../../src/snapshot/moment.ts';
import { readSnapshot } from '../../src/snapshot/reader.ts';
import { renderList, renderSnapshot } from '../../src/snapshot/render.ts';
import { findSnapshot, listSnapshots, prunable, removeSnapshots } from '../../src/snapshot/store.ts';
import { writeSnapshot } from '../../src/snapshot/writer.ts';
import { content, ledger, manifest, startMs, testid } from './sample.ts';

const day = 86_400_000;
const golden = (name: string) => path.join(import.meta.dirname, 'golden', name);
let home = '';
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'snapshots-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function write(id: string, label: string, daysLater = 0): Promise<string> {
  const moved = {
    ...manifest,
    id,
    label,
    startedMs: startMs + daysLater * day,
    endedMs: startMs + daysLater * day + 14_000,
  };
  return (await writeSnapshot(home, { ...content, manifest: moved })).folder;
}

describe('finding a snapshot', () => {
  it('by id, by folder, and by label: its latest run', async () => {
    const first = await write('one', 'base', 0);
    const second = await write('two', 'base', 1);
    await write('three', 'candidate', 2);
    expect(await findSnapshot(home, 'one', '/')).toMatchObject({ folder: first, by: { kind: 'id' } });
    expect(await findSnapshot(home, 'base', '/')).toMatchObject({ folder: second, by: { kind: 'label', runs: 2 } });
    expect(await findSnapshot(home, './one', home)).toMatchObject({ folder: first, by: { kind: 'folder' } });
  });

  it('names the nearest when nothing matches', async () => {
    await write('one', 'baseline');
    await expect(findSnapshot(home, 'basline', '/')).rejects.toMatchObject({
      code: 'SNAPSHOT_NO_MATCH',
      hint: expect.stringContaining('the nearest are baseline'),
      exit: 2,
    });
    await expect(findSnapshot(path.join(home, 'nothing'), 'x', '/')).rejects.toMatchObject({
      hint: expect.stringContaining('lab:run'),
    });
  });

  it('says what is wrong with a damaged one instead of not finding it', async () => {
    await rm(path.join(await write('one', 'base'), 'aggregates.json'));
    await expect(findSnapshot(home, 'one', '/')).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  });
});

describe('the list', () => {
  it('is in the order of time, with what cannot be read, without what is being written', async () => {
    await write('b', 'base', 0);
    await write('a', 'base', 1);
    await mkdir(path.join(home, 'photos'));
    await mkdir(path.join(home, '.partial-c'));
    const list = await listSnapshots(home);
    expect(list.snapshots.map((one) => one.manifest.id)).toEqual(['b', 'a']);
    expect(list.invalid.map(({ folder, fault }) => [path.basename(folder), fault.code])).toEqual([
      ['photos', 'SNAPSHOT_FOREIGN'],
    ]);
  });

  it('is rendered', async () => {
    await write(testid, 'base');
    await write('20260103T030405Z-window-after-lunch', 'after-lunch', 1);
    const { snapshots } = await listSnapshots(home);
    const trusted = snapshots.map((one, at) => ({
      ...one,
      manifest:
        at === 0
          ? { ...one.manifest, trust: [{ code: 'SAMPLES_LOST', level: 'error' as const, message: 'lost' }] }
          : { ...one.manifest, run: { kind: 'window' as const } },
    }));
    await expect(renderList({ snapshots: trusted, invalid: [] }, 80)).toMatchFileSnapshot(golden('list-80.txt'));
    expect(renderList({ snapshots: [], invalid: [] }, 80)).toContain('no snapshots yet');
  });
});

describe('showing one', () => {
  it.each([80, 120])('fits %i columns', async (columns) => {
    const folder = await write(testid, 'base');
    const snapshot = await readSnapshot(folder);
    const text = renderSnapshot(
      {
        ...snapshot,
        manifest: {
          ...snapshot.manifest,
          trust: [{ code: 'GENERATOR_BEHIND', level: 'warning', message: 'the generator fell behind' }],
        },
      },
      columns,
    );
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    await expect(text).toMatchFileSnapshot(golden(`show-${columns}.txt`));
  });
});

describe('pruning', () => {
  it.each([
    ['--keep 2', { keep: 2 }, ['one']],
    ['--older-than 2d', { olderThanMs: 2 * day }, ['one', 'two']],
    ['both: the newest stay whatever their age', { keep: 2, olderThanMs: day }, ['one']],
    ['--keep of more than there are', { keep: 9 }, []],
  ])('%s', async (_, rule, gone) => {
    await write('three', 'x', 2);
    await write('one', 'x', 0);
    await write('two', 'x', 1);
    await mkdir(path.join(home, '.partial-crashed'));
    await mkdir(path.join(home, 'photos'));
    const { snapshots } = await listSnapshots(home);
    const doomed = prunable(snapshots, rule, startMs + 3.5 * day);
    expect(doomed.map((one) => one.manifest.id)).toEqual(gone);
    await removeSnapshots(home, doomed);
    const left = ['one', 'photos', 'three', 'two'].filter((name) => !(gone as string[]).includes(name));
    expect((await readdir(home)).sort()).toEqual(left);
  });
});

describe('exports', () => {
  it('CSV has a line per figure, and no formulas', async () => {
    const snapshot = await readSnapshot(await write(testid, 'base'));
    await expect(toCsv(snapshot)).toMatchFileSnapshot(golden('export.csv'));
    const sly = { ...snapshot, manifest: { ...snapshot.manifest, label: '=cmd()' } };
    expect(toCsv(sly)).toContain(",'=cmd(),");
  });

  it('JSON has the figures, the sums, and latency per API', async () => {
    const snapshot = await readSnapshot(await write(testid, 'base'));
    const exported = JSON.parse(toJson(snapshot, ledger)) as Record<string, unknown>;
    expect(Object.keys(exported)).toEqual(['manifest', 'aggregates', 'reconciliation', 'latencyMs']);
    expect(exported.latencyMs).toMatchObject([{ name: 'GET /products', count: 70, max: 35 }, { name: 'POST /orders' }]);
  });
});

describe('archives', () => {
  it('travel: export, import, read', async () => {
    const folder = await write(testid, 'base');
    const before = await readSnapshot(folder);
    const file = path.join(home, 'out.tar.gz');
    await exportArchive(folder, file);
    const elsewhere = path.join(home, 'elsewhere');
    const landed = await importArchive(elsewhere, file);
    expect(landed).toBe(path.join(elsewhere, testid));
    expect(await readSnapshot(landed)).toEqual(before);
    await expect(importArchive(elsewhere, file)).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' });
    expect(await readdir(elsewhere)).toEqual([testid]);
  });

  it('bring nothing that the manifest does not name', async () => {
    const folder = await write(testid, 'base');
    await writeFile(path.join(folder, 'run-me.sh'), 'echo hello');
    await exportArchive(folder, path.join(home, 'out.tar.gz'));
    const landed = await importArchive(path.join(home, 'elsewhere'), path.join(home, 'out.tar.gz'));
    expect(await readdir(landed)).not.toContain('run-me.sh');
  });

  it.each<[string, (folder: string, file: string) => Promise<unknown>, string]>([
    ['not an archive', (_, file) => writeFile(file, 'hello'), 'ARCHIVE_UNREADABLE'],
    [
      'half an archive',
      async (folder, file) => {
        await exportArchive(folder, file);
        await writeFile(file, (await readFile(file)).subarray(0, 500));
      },
      'ARCHIVE_UNREADABLE',
    ],
    [
      'a link in it',
      async (folder, file) => {
        await symlink('/etc/passwd', path.join(folder, 'link'));
        await exportArchive(folder, file);
      },
      'ARCHIVE_UNREADABLE',
    ],
    [
      'a damaged snapshot in it',
      async (folder, file) => {
        await writeFile(path.join(folder, 'aggregates.json'), '{}');
        await exportArchive(folder, file);
      },
      'SNAPSHOT_DAMAGED',
    ],
    [
      'something else in it',
      async (folder, file) => {
        await mkdir(path.join(folder, '../other'));
        await create({ gzip: true, file, cwd: path.join(folder, '..') }, ['other']);
      },
      'SNAPSHOT_FOREIGN',
    ],
  ])('%s does not land', async (_, make, code) => {
    const folder = await write(testid, 'base');
    const file = path.join(home, 'in.tar.gz');
    await make(folder, file);
    await expect(importArchive(path.join(home, 'elsewhere'), file)).rejects.toMatchObject({ code });
    expect(await readdir(path.join(home, 'elsewhere'))).toEqual([]);
  });
});

describe('moments', () => {
  it('are now, an age, or a time with its zone', () => {
    expect(parseMoment('now', '--to', 5_000_000)).toBe(5_000_000);
    expect(parseMoment('10m', '--from', 5_000_000)).toBe(4_400_000);
    expect(parseMoment('2026-01-02T03:04:05Z', '--from', 0)).toBe(startMs);
    expect(parseMoment('2026-01-02T04:04:05+01:00', '--from', 0)).toBe(startMs);
    expect(parseAge('4w', '--older-than')).toBe(28 * day);
  });

  it.each(['yesterday', '2026-01-02', '2026-01-02T03:04:05', '10', '-5m'])('%s is not one', (text) => {
    expect(() => parseMoment(text, '--from', 0)).toThrow(expect.objectContaining({ code: 'USAGE', exit: 2 }));
  });
});
