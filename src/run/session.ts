// A whole lab:run on a lab that is up: check, count, run k6, drain, count again, freeze, show, exit code.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ExitCode, exitCode, LabError, type Warning } from '../errors.ts';
import type { Io } from '../io.ts';
import type { RunningLab } from '../lab/lab.ts';
import type { Ledger } from '../snapshot/ledger.ts';
import type { Reconciliation } from '../snapshot/reconcile.ts';
import { quickCheck } from './check.ts';
import { durationMs } from './inspect.ts';
import type { RunOutcome } from './outcome.ts';
import type { RunRequest } from './plan.ts';
import { distinct, renderResult } from './result.ts';
import { type PreparedRun, prepareRun, type RunDeps, runScenario } from './run.ts';
import { exitOf } from './verdict.ts';

/** What a snapshot says of itself, as far as the end of a run is concerned. */
export interface Taken {
  readonly folder: string;
  readonly reconciliation: Reconciliation;
  /** what the outcome did not say already */
  readonly warnings: readonly Warning[];
  readonly snapshot: {
    /** reasons not to rely on the figures */
    readonly manifest: { readonly trust: readonly { readonly code: string; readonly level: 'error' | 'warning' }[] };
  };
}

/** How a run is counted and frozen; `Counters` and `Drained` are the measuring side's own. */
export interface Measuring<Counters, Drained> {
  readonly readCounters: (lab: RunningLab) => Promise<Counters>;
  readonly drain: (
    lab: RunningLab,
    before: Counters,
    options: {
      readonly timeoutMs: number;
      readonly signal: AbortSignal;
      /** what is still being waited for */
      readonly onProgress: (text: string) => void;
    },
  ) => Promise<Drained>;
  readonly takeSnapshot: (
    lab: RunningLab,
    outcome: RunOutcome,
    counted: { readonly before: Counters; readonly after: Counters; readonly drained: Drained },
  ) => Promise<Taken>;
  readonly renderReconciliation: (reconciliation: Reconciliation, columns: number) => string;
}

export interface SessionDeps<Counters, Drained> extends RunDeps {
  readonly readLedger: (file: string) => Promise<Ledger | undefined>;
  /** ends k6 containers of runs that were cut off; how many there were */
  readonly removeLeftovers: () => Promise<number>;
  readonly measuring: Measuring<Counters, Drained>;
}

/** After Ctrl-C nobody waits a minute for the lag to go. */
const interruptedDrainMs = 15_000;

/**
 * Runs a scenario and returns the exit code: that of k6's verdict, or 6 when the run passed but its figures cannot be
 * trusted. Errors: LAB_NOT_READY, SCRIPT_ERROR, K6_START, and K6_FAILED for a run in which nothing was measured.
 */
export async function runSession<Counters, Drained>(
  lab: RunningLab,
  request: RunRequest,
  deps: SessionDeps<Counters, Drained>,
  io: Io,
): Promise<ExitCode> {
  const { measuring } = deps;
  const checked = [...(await quickCheck(lab, deps.fetch)), ...(await endLeftovers(lab, deps, io))];
  const [prepared, before] = await both(prepareRun(lab, request, deps), measuring.readCounters(lab));
  io.stdout(announcement(prepared));

  const ran = await runScenario(lab, prepared, deps);
  const ledger = await deps.readLedger(path.join(ran.k6.folder, 'ledger.json'));
  refuseEmpty(ran, ledger, request);
  if (!request.script.builtin) io.stdout(await readFile(path.join(ran.k6.folder, 'summary.txt'), 'utf8'));

  const drained = await drainAfter(lab, before, deps, io);
  const after = await measuring.readCounters(lab);
  const outcome: RunOutcome = { ...ran, warnings: distinct([...checked, ...ran.warnings]) };
  const taken = await measuring.takeSnapshot(lab, outcome, { before, after, drained });
  const trusted = isTrusted(taken);
  io.stdout(
    renderResult({
      outcome,
      ...(ledger ? { ledger } : {}),
      reconciliation: measuring.renderReconciliation(taken.reconciliation, io.columns),
      // that a run did not go to its end is its first line
      warnings: distinct([...outcome.warnings, ...taken.warnings]).filter(({ code }) => code !== 'RUN_INCOMPLETE'),
      snapshot: taken.folder,
      trusted,
      cwd: io.cwd,
      columns: io.columns,
    }),
  );
  return exitOf(outcome.k6.verdict, trusted);
}

/** Sums that close, and no mark against the figures: samples lost, no tags per API. How k6 ended is its verdict's business. */
function isTrusted({ reconciliation, snapshot }: Taken): boolean {
  const against = snapshot.manifest.trust.filter(({ level, code }) => level === 'error' && code !== 'RUN_INCOMPLETE');
  return reconciliation.closes && against.length === 0;
}

/** What a killed lab:run left at work would be counted as this run's: it is ended, and what it sent waited for. */
async function endLeftovers<Counters, Drained>(
  lab: RunningLab,
  deps: SessionDeps<Counters, Drained>,
  io: Io,
): Promise<readonly Warning[]> {
  if ((await deps.removeLeftovers()) === 0) return [];
  await drainAfter(lab, await deps.measuring.readCounters(lab), deps, io);
  return [
    {
      code: 'LEFTOVER_K6',
      message: 'k6 of an earlier run, which had been cut off, was still there: ended before this run',
    },
  ];
}

/** Both, or the first fault of the two once neither is under way any more. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

function announcement({ input, inspection }: PreparedRun): string {
  const seconds = Math.round(inspection.totalMs / 1000);
  return `run ${input.testid}: up to ${seconds} s and ${inspection.maxVus} VUs, log in ${path.join(input.runFolder, 'k6.log')}\n`;
}

/** A run that failed before its first request has nothing to freeze. */
function refuseEmpty(outcome: RunOutcome, ledger: Ledger | undefined, request: RunRequest): void {
  const { verdict, exitCode: k6Exit, reason, folder } = outcome.k6;
  const failed = verdict === 'script-error' || verdict === 'config-error' || verdict === 'failed';
  const measured = ledger?.series.some(({ metric }) => metric === 'http_reqs' || metric === 'iterations') ?? false;
  if (!failed || measured) return;
  const script = verdict !== 'failed';
  throw new LabError({
    code: script ? 'SCRIPT_ERROR' : 'K6_FAILED',
    message: `k6 ended before it measured anything (exit ${k6Exit ?? 'unknown'}): ${request.script.file}`,
    hint: `its log is ${path.join(folder, 'k6.log')}`,
    detail: reason,
    exit: script ? exitCode.script : exitCode.k6,
  });
}

async function drainAfter<Counters, Drained>(
  lab: RunningLab,
  before: Counters,
  { measuring }: SessionDeps<Counters, Drained>,
  io: Io,
): Promise<Drained> {
  const configuredMs = durationMs(lab.config.k6.drainTimeout);
  // the signal of an interrupted run has been used up: the next Ctrl-C ends the process
  const interrupted = io.signal.aborted;
  let shown = '';
  const drained = await measuring.drain(lab, before, {
    timeoutMs: interrupted ? Math.min(interruptedDrainMs, configuredMs) : configuredMs,
    signal: interrupted ? new AbortController().signal : io.signal,
    onProgress: (text) => {
      if (text === shown) return;
      shown = text;
      if (io.isTTY) io.stdout(`\r\u001b[2K${`draining: ${text}`.slice(0, io.columns - 1)}`);
    },
  });
  if (io.isTTY && shown) io.stdout('\r\u001b[2K');
  return drained;
}
