// After the load: waits until consumers have caught up and Prometheus has seen the end, so that counts are complete.
import { setTimeout as wait } from 'node:timers/promises';
import { withAdmin } from '../kafka/connection.ts';
import { type KafkaPositions, lag, readPositions } from '../kafka/offsets.ts';
import type { RunningLab } from '../lab/lab.ts';
import { type PrometheusClient, prometheusClient } from '../prometheus/client.ts';
import type { Counters } from './counters.ts';

export interface DrainOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** called with what is still being waited for */
  readonly onProgress?: (text: string) => void;
}

export interface DrainResult {
  readonly drained: boolean;
  readonly durationMs: number;
  /** what is left, by group and topic; empty when everything is consumed */
  readonly lag: readonly { readonly group: string; readonly topic: string; readonly messages: number }[];
  /** jobs without a scrape that is later than the end */
  readonly unscraped: readonly string[];
  /** why it did not drain */
  readonly reason?: string;
}

export interface DrainProbes {
  readonly positions: () => Promise<KafkaPositions>;
  /** by job: start of the oldest last scrape among its targets, milliseconds since the epoch */
  readonly scrapes: () => Promise<Readonly<Record<string, number>>>;
  readonly now: () => number;
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Jobs whose last values the sums need: without them a run cannot be reconciled; others are only missed. */
export const countingJobs = ['statsd', 'kafka', 'gateway', 'worker'];
const pollMs = 500;
/** statsd-exporter works through what it has received every 200 ms; a scrape has to be later than that */
const settleMs = 500;

/**
 * Waits until the groups that consume have no lag and every counting job has been scraped after that. Never fails for what it
 * waits for: the deadline, Ctrl-C and services without an answer are in the result's `reason`.
 */
export async function drain(lab: RunningLab, before: Counters, options: DrainOptions): Promise<DrainResult> {
  const client = prometheusClient(lab.addresses.prometheus);
  const { bootstrap } = lab.addresses;
  try {
    return await withAdmin(bootstrap, (admin) =>
      waitUntilDrained(before, options, {
        positions: () => readPositions(admin),
        scrapes: () => lastScrapes(client),
        now: Date.now,
        pause: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}),
      }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { drained: false, durationMs: 0, lag: [], unscraped: [], reason };
  }
}

/** drain over given probes. */
export async function waitUntilDrained(
  before: Pick<Counters, 'kafka'>,
  { timeoutMs, signal, onProgress }: DrainOptions,
  probes: DrainProbes,
): Promise<DrainResult> {
  const startMs = probes.now();
  let caughtUpMs: number | undefined;
  let fault: string | undefined;
  let left: DrainResult['lag'] = [];
  let unscraped: readonly string[] = countingJobs;
  for (;;) {
    try {
      if (caughtUpMs === undefined) {
        left = remaining(before.kafka, await probes.positions());
        if (left.length === 0) caughtUpMs = probes.now();
      }
      if (caughtUpMs !== undefined) {
        const needMs = caughtUpMs + settleMs;
        const scrapes = await probes.scrapes();
        // every lab has this one: without it Prometheus has not begun yet
        const jobs = new Set(['statsd', ...Object.keys(scrapes)]);
        unscraped = [...jobs].filter((job) => (scrapes[job] ?? 0) < needMs);
      }
      fault = undefined;
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
    }
    const elapsedMs = probes.now() - startMs;
    const result = { durationMs: elapsedMs, lag: left, unscraped: caughtUpMs === undefined ? [] : unscraped };
    if (fault === undefined && caughtUpMs !== undefined && unscraped.length === 0) return { drained: true, ...result };
    const stop = stopReason(signal, elapsedMs, timeoutMs, fault, left, result.unscraped);
    if (stop) return { drained: false, ...result, reason: stop };
    onProgress?.(fault ?? waitingFor(left, result.unscraped));
    // an abort ends the pause; the loop then says so
    await probes.pause(pollMs, signal).catch(() => undefined);
  }
}

function waitingFor(left: DrainResult['lag'], unscraped: readonly string[]): string {
  if (left.length === 0) return `a later scrape of ${unscraped.join(', ')}`;
  return left.map(({ group, topic, messages }) => `${group} is ${messages} messages behind on ${topic}`).join(', ');
}

function stopReason(
  signal: AbortSignal | undefined,
  elapsedMs: number,
  timeoutMs: number,
  fault: string | undefined,
  left: DrainResult['lag'],
  unscraped: readonly string[],
): string | undefined {
  if (signal?.aborted) return 'interrupted';
  if (elapsedMs < timeoutMs) return undefined;
  const after = `after ${Math.round(timeoutMs / 1000)} s`;
  if (fault) return `${after}: ${fault}`;
  return left.length > 0
    ? `${after} ${waitingFor(left, unscraped)}`
    : `${after} Prometheus has no later scrape of ${unscraped.join(', ')}`;
}

/**
 * Lag of the groups that matter: those with members, those that had members before the run, and those whose commits moved since.
 * A group that was dead all along will not catch up, and is not waited for.
 */
function remaining(before: KafkaPositions | undefined, now: KafkaPositions): DrainResult['lag'] {
  return Object.entries(now.groups)
    .filter(([group, { active, committed }]) => {
      const then = before?.groups[group];
      return active || then?.active === true || (then && JSON.stringify(then.committed) !== JSON.stringify(committed));
    })
    .flatMap(([group, { committed }]) =>
      Object.entries(lag(now.topics, committed))
        .filter(([, messages]) => messages > 0)
        .map(([topic, messages]) => ({ group, topic, messages })),
    );
}

/** Sample times of `up`: unlike the target list, they are there only once the scrape's samples can be queried. */
async function lastScrapes(client: PrometheusClient): Promise<Readonly<Record<string, number>>> {
  const jobs = countingJobs.join('|');
  const times = await client.query(`min by (job) (timestamp(up{job=~"${jobs}"}))`);
  return Object.fromEntries(times.map(({ labels, value }) => [labels.job ?? '', value * 1000]));
}
