// What lab:run adds to the scenario's own length: the check before, and everything after, drain apart.
import path from 'node:path';
import { projectRoot } from '../src/paths.ts';
import { quickCheck } from '../src/run/check.ts';
import { verifySnapshot } from '../src/snapshot/reader.ts';
import { verb } from '../test/driver.ts';
import { up } from './lab.ts';
import { printTable } from './report.ts';

export async function benchRun(): Promise<void> {
  const { lab } = await up();
  const checkStart = performance.now();
  await quickCheck(lab, fetch);
  const checkSeconds = (performance.now() - checkStart) / 1000;

  const startMs = Date.now();
  const done = await verb('run', ['smoke', '--label', 'bench']);
  const wall = (Date.now() - startMs) / 1000;
  const folder = path.join(projectRoot, /^snapshot (\S+)/m.exec(done.stdout)?.[1] ?? 'none');
  const { manifest } = await verifySnapshot(folder);
  const load = (manifest.endedMs - manifest.startedMs) / 1000;
  const drain = (manifest.settledMs - manifest.endedMs) / 1000;
  printTable(
    'lab:run -- smoke with the lab up (seconds)',
    ['', 'seconds'],
    [
      ['the whole command', wall],
      ['  the load itself', load],
      ['  drain', drain],
      ['  everything else', wall - load - drain],
      ['the check before the run, by itself', checkSeconds],
    ],
  );
}
