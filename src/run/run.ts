// One k6 run from its container's start to its outcome: log, live line, signals, verdict, warnings.
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { setInterval } from 'node:timers/promises';
import type { Warning } from '../errors.ts';
import type { RunningLab } from '../lab/lab.ts';
import { inspectContainer, type K6Input, runContainer, versionContainer } from './command.ts';
import { runToEnd, type StartContainer, type StartedContainer } from './container.ts';
import { pruneRunFolders } from './folders.ts';
import { type Inspection, phasesOf, readInspection } from './inspect.ts';
import { type LogDigest, logDigest } from './k6-log.ts';
import { follow, type LiveResult, lagReader, readProgress, type Screen } from './live.ts';
import type { RunOutcome } from './outcome.ts';
import { planRun, type RunRequest } from './plan.ts';
import { hostPaths } from './script.ts';
import { type SeriesLimit, type Verdict, verdictOf } from './verdict.ts';

/** What of the ledger decides how a run ended; its figures are the snapshot's business. */
export interface LedgerHead {
  readonly k6: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly statsd: { readonly lost: { readonly samples: number; readonly lastError?: string | undefined } };
  readonly stopped?: SeriesLimit | undefined;
  readonly series: readonly { readonly metric: string; readonly sum: number }[];
}

export interface RunDeps {
  readonly start: StartContainer;
  /** undefined when there is none, or none that can be read */
  readonly readLedger: (file: string) => Promise<LedgerHead | undefined>;
  readonly fetch: typeof fetch;
  readonly screen: Screen;
  /** aborted at the first Ctrl-C: k6 is then asked to end the run */
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** one element each time the live line is to be drawn; ends when `signal` is aborted. Default: every second */
  readonly ticks?: (signal: AbortSignal) => AsyncIterable<unknown>;
  /** how long k6 may take to end after Ctrl-C before it is killed: teardown() and handleSummary() are its own */
  readonly patienceMs?: number;
}

/** A run that k6 has agreed to, not yet begun. */
export interface PreparedRun {
  readonly input: K6Input;
  readonly inspection: Inspection;
}

const defaultPatienceMs = 150_000;

/** Makes the run folder and has k6 check the script. Error: SCRIPT_ERROR; nothing is left behind then. */
export async function prepareRun(lab: RunningLab, request: RunRequest, deps: RunDeps): Promise<PreparedRun> {
  const input = planRun(lab, request, deps.now());
  await mkdir(input.runFolder, { recursive: true });
  await pruneRunFolders(path.dirname(input.runFolder));
  // an engine that maps users away writes as somebody else
  await chmod(input.runFolder, 0o777);
  try {
    const inspected = await runToEnd(deps.start, inspectContainer(input), deps.signal);
    const inspection = readInspection(inspected, request.script);
    return { input: { ...input, scriptTags: inspection.tags }, inspection };
  } catch (error) {
    await rm(input.runFolder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Runs k6 to its end. Whatever k6 does is an outcome, not an error; K6_START when its container cannot be started.
 * Leaves k6.log and summary.txt (k6's stdout) in the run folder, beside what k6 writes there. Removes the container.
 */
export async function runScenario(lab: RunningLab, prepared: PreparedRun, deps: RunDeps): Promise<RunOutcome> {
  const { input, inspection } = prepared;
  const log = logDigest();
  const files = outputFiles(input.runFolder, log.add);
  const launchedMs = deps.now();
  const container = await deps.start(runContainer(input), files.write);
  const ended = new AbortController();
  const stopListening = endOnAbort(container, deps);
  try {
    const live = follow({
      scenario: input.script.name,
      startedMs: launchedMs,
      totalMs: inspection.totalMs,
      readProgress: () => readProgress(path.join(input.runFolder, 'progress.json')),
      readLag: lagReader(metricsUrl(lab.addresses.kafkaExporter), deps.fetch),
      screen: deps.screen,
      ticks: (deps.ticks ?? everySecond)(ended.signal),
    });
    const exit = await container.ended;
    const exitedMs = deps.now();
    ended.abort();
    const [seen, ledger] = await Promise.all([
      live,
      deps.readLedger(path.join(input.runFolder, 'ledger.json')),
      files.close(),
    ]);
    const digest = log.result();
    const verdict = verdictOf({
      exit,
      interrupted: deps.signal.aborted,
      log: digest,
      ...(ledger?.stopped ? { seriesLimit: ledger.stopped } : {}),
    });
    const startedMs = ledger?.startedMs ?? launchedMs;
    const endedMs = ledger?.endedMs ?? exitedMs;
    return {
      id: input.testid,
      label: input.label,
      scenario: { name: input.script.name, file: input.script.file, options: inspection.options },
      startedMs,
      endedMs,
      phases: phasesOf(inspection.phases, startedMs + seen.idleMs, endedMs),
      k6: {
        exitCode: exit.exitCode,
        verdict: verdict.verdict,
        reason: reasonOf(verdict, input),
        version: ledger?.k6 ?? (await k6Version(input, deps)),
        image: input.image,
        folder: input.runFolder,
      },
      warnings: runWarnings(prepared, digest, ledger, seen),
    };
  } finally {
    ended.abort();
    stopListening();
    await container.remove();
  }
}

function reasonOf(verdict: Verdict, input: K6Input): string {
  const text = verdict.hint ? `${verdict.reason}\n${verdict.hint}` : verdict.reason;
  return hostPaths(text, input.script);
}

/** First Ctrl-C: k6 ends the run (teardown, summary, ledger). It is killed only when it has not ended after a while. */
function endOnAbort(container: StartedContainer, deps: RunDeps): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    void container.kill('SIGINT');
    timer = setTimeout(() => void container.kill('SIGKILL'), deps.patienceMs ?? defaultPatienceMs);
  };
  if (deps.signal.aborted) onAbort();
  else deps.signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    deps.signal.removeEventListener('abort', onAbort);
  };
}

async function* everySecond(signal: AbortSignal): AsyncIterable<unknown> {
  try {
    yield* setInterval(1000, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** k6.log has all that k6 printed, in order; summary.txt its stdout alone. */
function outputFiles(folder: string, onLine: (line: string) => void) {
  const log = createWriteStream(path.join(folder, 'k6.log'));
  const summary = createWriteStream(path.join(folder, 'summary.txt'));
  // a chunk may end within a character
  const decoder = new TextDecoder();
  let rest = '';
  return {
    write: (stream: 'stdout' | 'stderr', chunk: Buffer): void => {
      log.write(chunk);
      if (stream === 'stdout') {
        summary.write(chunk);
        return;
      }
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    },
    close: async (): Promise<void> => {
      if (rest) onLine(rest);
      log.end();
      summary.end();
      await Promise.all([finished(log), finished(summary)]);
    },
  };
}

async function k6Version(input: K6Input, deps: RunDeps): Promise<string> {
  try {
    const { stdout } = await runToEnd(deps.start, versionContainer(input), new AbortController().signal);
    return /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** What a reader of the figures has to know. */
function runWarnings(
  { input, inspection }: PreparedRun,
  log: LogDigest,
  ledger: LedgerHead | undefined,
  seen: LiveResult,
): readonly Warning[] {
  const dropped = ledger ? total(ledger, 'dropped_iterations') : (seen.last?.dropped ?? 0);
  const known = new Set(inspection.warnings.map(({ message }) => message));
  const logged = log.warnings.map((message) => hostPaths(message, input.script)).filter((m) => !known.has(m));
  return [
    ...inspection.warnings,
    ...logged.map((message) => ({ code: 'K6_WARNING', message })),
    ...(ledger ? [] : [noLedger(input)]),
    ...(dropped > 0 ? [generatorBehind(dropped)] : []),
    ...(log.exceptions.count > 0 ? [scriptExceptions(log, input)] : []),
    ...(ledger && total(ledger, 'http_reqs') === 0
      ? [{ code: 'NO_REQUESTS', message: 'the run made no HTTP request' }]
      : []),
    ...(!input.script.builtin && input.request.rate !== undefined
      ? [
          {
            code: 'RATE_NOT_APPLIED',
            message: 'k6 has no flag for an arrival rate: --rate reaches a script of your own only as __ENV.LAB_RATE',
          },
        ]
      : []),
  ];
}

function total(ledger: LedgerHead, metric: string): number {
  return ledger.series.reduce((sum, series) => (series.metric === metric ? sum + series.sum : sum), 0);
}

function noLedger(input: K6Input): Warning {
  return input.ownOutput
    ? {
        code: 'NO_LEDGER',
        message: 'k6 wrote no ledger: what it measured is known only as far as it reached Prometheus',
        hint: `see ${path.join(input.runFolder, 'k6.log')}`,
      }
    : {
        code: 'NO_LEDGER',
        message: `${input.image} has not the lab's output: no ledger, no live figures, and losses on the way cannot be placed`,
        hint: "leave out k6.image to use the lab's own",
      };
}

function generatorBehind(dropped: number): Warning {
  return {
    code: 'GENERATOR_BEHIND',
    message: `k6 dropped ${dropped} iterations: it fell behind the arrival rate, so the load was less than asked for`,
    hint: 'more VUs (--vus), a lower --rate, or more CPU for k6 (resources.k6.cpus)',
  };
}

function scriptExceptions(log: LogDigest, input: K6Input): Warning {
  return {
    code: 'SCRIPT_EXCEPTIONS',
    message: `iterations that ended in an exception: ${log.exceptions.count}, the first with ${hostPaths(log.exceptions.first ?? '', input.script)}`,
    hint: 'k6 does not count them as failed; what they had still to do was not measured',
  };
}

/** The address of an exporter's metrics, whether or not it is given with its path. */
export function metricsUrl(address: string): string {
  return `${address.replace(/\/metrics$/, '').replace(/\/$/, '')}/metrics`;
}
