// From empty caches to a snapshot: everything is downloaded and built again, on an engine of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { said, verb } from '../test/driver.ts';
import { printTable } from './report.ts';

export async function benchCold(): Promise<void> {
  const cache = await mkdtemp(path.join(tmpdir(), 'lab-cold-'));
  const env = { XDG_CACHE_HOME: cache };
  await verb('down', ['--engine']);
  const startMs = Date.now();
  const done = await verb('run', ['smoke', '--label', 'cold'], { env });
  const seconds = (Date.now() - startMs) / 1000;
  const stopped = await verb('down', ['--engine', '--volumes'], { env });
  await rm(cache, { recursive: true, force: true });
  if (done.exitCode !== 0 || stopped.exitCode !== 0) throw new Error(`${said(done)}\n${said(stopped)}`);
  const steps = done.stdout.split('\n').filter((line) => /^✔ (engine|images|services)/.test(line));
  printTable(
    'cold start: lab:run -- smoke with empty caches (seconds)',
    ['', 'seconds'],
    [...steps.map((line): Row => [line.slice(2), '']), ['until the snapshot', seconds]],
  );
}

type Row = readonly (string | number)[];
