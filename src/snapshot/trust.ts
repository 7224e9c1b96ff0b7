// Reasons not to rely on a run's figures, found by rule and kept in the snapshot: a comparison reads them.
import { z } from 'zod';
import type { PrometheusClient } from '../prometheus/client.ts';
import type { RunOutcome } from '../run/outcome.ts';
import type { DrainResult } from './drain.ts';
import type { TrustMark } from './format.ts';
import { groupLedger, type Ledger } from './ledger.ts';
import type { Reconciliation, SeriesCount } from './reconcile.ts';

export interface TrustInput {
  readonly outcome: Pick<RunOutcome, 'scenario' | 'k6'>;
  readonly ledger: Ledger | undefined;
  readonly reconciliation: Reconciliation;
  /** k6's counters in Prometheus; undefined when it gave no answer */
  readonly prometheus: readonly SeriesCount[] | undefined;
  readonly drain: DrainResult | undefined;
  readonly gaps: readonly ScrapeGap[];
}

/** All marks of a run; empty when there is nothing to say. */
export function trustMarks(input: TrustInput): readonly TrustMark[] {
  return [
    verdictMark(input),
    tagsMark(input.prometheus),
    lostMark(input.ledger),
    sumsMark(input.reconciliation),
    ledgerMark(input.ledger),
    drainMark(input.drain),
    droppedMark(input.ledger),
    closedModelMark(input.outcome.scenario.options),
    ...gapMarks(input.gaps),
  ].filter((mark) => mark !== undefined);
}

function mark(level: TrustMark['level'], code: string, message: string): TrustMark {
  return { code, level, message };
}

function verdictMark({ outcome: { k6 } }: TrustInput): TrustMark | undefined {
  // crossed thresholds do not make figures wrong
  if (k6.verdict === 'passed' || k6.verdict === 'thresholds') return undefined;
  return mark('error', 'RUN_INCOMPLETE', `the run did not go to its end: ${k6.verdict}`);
}

/** Every API melts into one series when tags are off: the most expensive silent fault of this chain. */
function tagsMark(prometheus: readonly SeriesCount[] | undefined): TrustMark | undefined {
  const requests = (prometheus ?? []).filter(({ name, value }) => name === 'k6_http_reqs' && value > 0);
  if (requests.length === 0 || requests.some(({ labels }) => labels.name)) return undefined;
  return mark(
    'error',
    'NO_API_TAGS',
    'requests in Prometheus carry no name tag, so there is nothing per API (K6_STATSD_ENABLE_TAGS=true?)',
  );
}

function lostMark(ledger: Ledger | undefined): TrustMark | undefined {
  const lost = ledger?.statsd.lost;
  if (!lost || lost.samples === 0) return undefined;
  const why = lost.lastError ? ` (${lost.lastError})` : '';
  return mark('error', 'SAMPLES_LOST', `${lost.samples} samples could not be sent to statsd-exporter${why}`);
}

function sumsMark(reconciliation: Reconciliation): TrustMark | undefined {
  const open = reconciliation.rows.filter(({ closes }) => !closes);
  if (open.length === 0) return undefined;
  const names = open.map(({ what, key }) => (key ? `${what} ${key}` : what));
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
  return mark('error', 'SUMS_OPEN', `sums do not close: ${shown}`);
}

function ledgerMark(ledger: Ledger | undefined): TrustMark | undefined {
  if (ledger) return undefined;
  return mark('warning', 'NO_LEDGER', 'no run ledger: quantiles come from histogram buckets, counts from scrapes');
}

function drainMark(drain: DrainResult | undefined): TrustMark | undefined {
  if (!drain || drain.drained) return undefined;
  return mark('warning', 'NOT_DRAINED', `not drained: ${drain.reason ?? 'unknown'}`);
}

function droppedMark(ledger: Ledger | undefined): TrustMark | undefined {
  const dropped = ledger && groupLedger(ledger, 'dropped_iterations', [])[0]?.sum;
  if (!dropped) return undefined;
  return mark('warning', 'GENERATOR_BEHIND', `the generator fell behind: ${dropped} iterations were never started`);
}

const closedExecutors = new Set([
  'constant-vus',
  'ramping-vus',
  'shared-iterations',
  'per-vu-iterations',
  'externally-controlled',
]);
const optionsSchema = z.object({ scenarios: z.record(z.string(), z.object({ executor: z.string() })) });

function closedModelMark(options: unknown): TrustMark | undefined {
  const known = optionsSchema.safeParse(options);
  if (!known.success) return undefined;
  const closed = Object.entries(known.data.scenarios)
    .filter(([, { executor }]) => closedExecutors.has(executor))
    .map(([name, { executor }]) => `${name} (${executor})`);
  if (closed.length === 0) return undefined;
  return mark(
    'warning',
    'CLOSED_MODEL',
    `latency under a stall is understated: ${closed.join(', ')} waits for answers before it sends more`,
  );
}

/** One mark for each target with a gap. */
export function gapMarks(gaps: readonly ScrapeGap[]): readonly TrustMark[] {
  return gaps.map(({ job, instance, failed, longestMs }) => {
    const what = failed > 0 ? `${failed} scrapes failed` : `${Math.round(longestMs / 1000)} s without a scrape`;
    return mark('warning', 'SCRAPE_GAPS', `${job} ${instance}: ${what}`);
  });
}

export interface ScrapeGap {
  readonly job: string;
  readonly instance: string;
  /** scrapes that failed */
  readonly failed: number;
  /** longest time between two scrapes, milliseconds */
  readonly longestMs: number;
}

/** Scrape targets that were down or went unscraped for more than two intervals within the window. */
export async function scrapeGaps(
  client: PrometheusClient,
  {
    startMs,
    endMs,
    intervalMs,
    signal,
  }: { readonly startMs: number; readonly endMs: number; readonly intervalMs: number; readonly signal?: AbortSignal },
): Promise<readonly ScrapeGap[]> {
  const range = `${endMs - startMs + 1}ms`;
  const ups = await client.queryRaw(`up[${range}]`, { timeMs: endMs, ...(signal ? { signal } : {}) });
  return ups.flatMap(({ labels, points }) => {
    const times = [startMs, ...points.map(([timeMs]) => timeMs), endMs];
    const longestMs = times.reduce((longest, timeMs, i) => Math.max(longest, timeMs - (times[i - 1] ?? timeMs)), 0);
    const failed = points.filter(([, value]) => value === 0).length;
    if (failed === 0 && longestMs <= 2.5 * intervalMs) return [];
    return [{ job: labels.job ?? '', instance: labels.instance ?? '', failed, longestMs }];
  });
}
