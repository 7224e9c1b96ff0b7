// Shows a run while it lasts: reads k6's progress file and the lag, redraws the line or prints one now and then.
import { readFile } from 'node:fs/promises';
import { parseExposition } from '../prometheus/exposition.ts';
import { type Progress, progressLine, progressSchema, totalLag } from './progress.ts';

/** The part of Io that is written to. */
export interface Screen {
  readonly stdout: (text: string) => void;
  readonly isTTY: boolean;
  readonly columns: number;
  readonly now: () => number;
}

export interface Live {
  readonly scenario: string;
  readonly startedMs: number;
  readonly totalMs: number;
  readonly readProgress: () => Promise<Progress | undefined>;
  readonly readLag: () => Promise<number | undefined>;
  readonly screen: Screen;
  /** one element per look, until the run has ended */
  readonly ticks: AsyncIterable<unknown>;
}

/** What was seen while it lasted. */
export interface LiveResult {
  /** latest elapsed time at which k6 had not yet begun an iteration (setup() was at work); 0 where none was seen */
  readonly idleMs: number;
  readonly last?: Progress;
}

/** Without a terminal a line is printed this often. */
const printEveryMs = 10_000;

/** Follows a run until `ticks` ends. Never throws: a figure that cannot be read is left out. */
export async function follow(live: Live): Promise<LiveResult> {
  const { screen } = live;
  let last: Progress | undefined;
  let iterationRate: number | undefined;
  let idleMs = 0;
  let printedMs = live.startedMs;
  for await (const _ of live.ticks) {
    const [progress, lag] = await Promise.all([live.readProgress(), live.readLag()]);
    if (progress && last && progress.elapsedMs > last.elapsedMs) {
      iterationRate = ((progress.iterations - last.iterations) * 1000) / (progress.elapsedMs - last.elapsedMs);
    }
    if (progress && progress.iterations === 0 && progress.vus === 0) idleMs = progress.elapsedMs;
    last = progress ?? last;
    const line = progressLine(
      {
        scenario: live.scenario,
        elapsedMs: screen.now() - live.startedMs,
        totalMs: live.totalMs,
        ...(last ? { progress: last } : {}),
        ...(iterationRate === undefined ? {} : { iterationRate }),
        ...(lag === undefined ? {} : { lag }),
      },
      screen.columns,
    );
    if (screen.isTTY) screen.stdout(`\r\u001b[2K${line}`);
    else if (screen.now() - printedMs >= printEveryMs) {
      printedMs = screen.now();
      screen.stdout(`${line}\n`);
    }
  }
  if (screen.isTTY) screen.stdout('\r\u001b[2K');
  return { idleMs, ...(last ? { last } : {}) };
}

/** Reads progress.json; undefined while there is none. */
export async function readProgress(file: string): Promise<Progress | undefined> {
  try {
    return progressSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Asks kafka-exporter for the lag; undefined when it does not answer in time. */
export function lagReader(metricsUrl: string, fetchFn: typeof fetch): () => Promise<number | undefined> {
  return async () => {
    try {
      const response = await fetchFn(metricsUrl, { signal: AbortSignal.timeout(800) });
      return response.ok ? totalLag(parseExposition(await response.text())) : undefined;
    } catch {
      return undefined;
    }
  };
}
