// What a run measured, per API: requests, rate, latency and failures, exactly as the ledger has them.
import Table from 'cli-table3';
import { groupLedger, type Ledger, mergeDistributions } from '../snapshot/ledger.ts';

export interface ApiFigures {
  /** value of the tag `name` */
  readonly api: string;
  readonly requests: number;
  readonly perSecond: number;
  /** latency in milliseconds; absent where the ledger has no distribution */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly failed: number;
}

/** Figures per API, by name; those of setup() and of a warm-up included, as they are in every sum. */
export function apiFigures(ledger: Ledger): readonly ApiFigures[] {
  const seconds = Math.max(0.001, (ledger.endedMs - ledger.startedMs) / 1000);
  const failed = new Map(groupLedger(ledger, 'http_req_failed', ['name']).map((g) => [g.labels.name, g.sum]));
  const durations = new Map(groupLedger(ledger, 'http_req_duration', ['name']).map((g) => [g.labels.name, g]));
  return groupLedger(ledger, 'http_reqs', ['name']).map(({ labels, sum }) => {
    const duration = durations.get(labels.name);
    const distribution = duration ? mergeDistributions(duration.series) : undefined;
    const quantile = (q: number): number => Math.min(distribution?.quantile(q) ?? 0, duration?.max ?? 0);
    return {
      api: labels.name ?? '',
      requests: sum,
      perSecond: sum / seconds,
      failed: failed.get(labels.name) ?? 0,
      ...(distribution && distribution.count > 0
        ? { p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99) }
        : {}),
    };
  });
}

/** At most this many APIs are shown; the snapshot has them all. */
const shown = 20;

/** The figures as a table of at most `columns` characters: long names are cut. */
export function renderApis(figures: readonly ApiFigures[], columns: number): string {
  const numbers = [10, 9, 10, 10, 10, 9];
  const borders = numbers.length + 2;
  const longest = Math.max(3, ...figures.map(({ api }) => api.length)) + 2;
  const nameWidth = Math.max(12, Math.min(longest, columns - borders - numbers.reduce((a, b) => a + b, 0)));
  const table = new Table({
    head: ['API', 'requests', '1/s', 'p50 ms', 'p95 ms', 'p99 ms', 'failed'],
    colWidths: [nameWidth, ...numbers],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const top = [...figures].sort((a, b) => b.requests - a.requests).slice(0, shown);
  for (const row of top.sort((a, b) => (a.api < b.api ? -1 : 1))) {
    table.push([
      row.api,
      String(row.requests),
      row.perSecond.toFixed(1),
      ...[row.p50Ms, row.p95Ms, row.p99Ms].map(milliseconds),
      String(row.failed),
    ]);
  }
  const more = figures.length > shown ? `\n${figures.length - shown} more APIs are in the snapshot` : '';
  return `${table.toString()}${more}\n`;
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
}
