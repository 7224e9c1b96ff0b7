// lab:compare and lab:snapshot as a user meets them: output, faults, exit codes.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main as compare } from '../../scripts/lab-compare.ts';
import { main as snapshot } from '../../scripts/lab-snapshot.ts';
import { guarded, type Verb } from '../../src/io.ts';
import { writeSnapshot } from '../../src/snapshot/writer.ts';
import { fakeIo } from '../fake-io.ts';
import { content, manifest } from '../snapshot/sample.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'snapshots-'));
  for (const [at, id] of ['one', 'two', 'three'].entries()) {
    const label = id === 'three' ? 'candidate' : 'baseline';
    await writeSnapshot(home, { ...content, manifest: { ...manifest, id, label, startedMs: manifest.startedMs + at } });
  }
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function run(verb: Verb, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo({ cwd: home, now: () => manifest.startedMs });
  const code = await guarded(verb, args, io);
  return { code, out: io.out(), err: io.err() };
}

describe('lab:compare', () => {
  it('takes labels, and says which run of a label it took', async () => {
    const { code, out, err } = await run(compare, 'baseline', 'candidate', '--snapshots', home);
    expect(code).toBe(0);
    expect(err).toBe('baseline has 2 runs: the latest, two, is taken\n');
    expect(out).toContain('A  baseline: two');
    expect(out).toMatch(/Latency p95 +POST \/orders +200 ms +200 ms +1\.000/);
  });

  it('takes folders, and prints JSON', async () => {
    const { code, out } = await run(compare, './one', './three', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ a: { snapshots: ['one'] }, b: { snapshots: ['three'] }, warnings: [] });
  });

  it('names the nearest label for a wrong one', async () => {
    const { code, err } = await run(compare, 'baselin', 'candidate', '--snapshots', home);
    expect(code).toBe(2);
    expect(err).toContain('error SNAPSHOT_NO_MATCH: no snapshot has the id or label baselin');
    expect(err).toContain('the nearest are baseline');
  });

  it.each([[[]], [['baseline']], [['a', 'b', '--verdict']]])('usage faults exit 2: %j', async (args) => {
    expect((await run(compare, ...args)).code).toBe(2);
  });
});

describe('lab:snapshot', () => {
  it('shows and exports by folder', async () => {
    expect((await run(snapshot, 'show', './one')).out).toContain('snapshot one');
    expect((await run(snapshot, 'export', './one', '--csv')).out.split('\n')[0]).toMatch(/^snapshot,label,/);
    expect(JSON.parse((await run(snapshot, 'export', './one', '--json')).out)).toHaveProperty('manifest.id', 'one');
    const { code, out } = await run(snapshot, 'export', './one', '--archive', '--out', 'one.tar.gz');
    expect(code).toBe(0);
    expect((await readFile(out.trim())).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  it.each([
    [['export', './one'], 'one of --csv, --json and --archive'],
    [['export', './one', '--csv', '--json'], 'one of --csv, --json and --archive'],
    [['prune'], '--keep or --older-than'],
    [['prune', '--keep', 'some'], 'not a number'],
    [['take', '--from', 'yesterday'], 'not understood'],
    [['take', '--from', '5m', '--to', '10m'], 'not after'],
    [['frobnicate'], 'unknown command'],
    [['export'], 'missing required argument'],
  ])('%j is a usage fault', async (args, text) => {
    const { code, err } = await run(snapshot, ...args);
    expect(code).toBe(2);
    expect(err).toContain(text);
  });
});
