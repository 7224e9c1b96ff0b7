// What a run measured, per API: requests, rate, latency and failures, exactly as the ledger has them.
import Table from 'cli-table3';
import type { LedgerValue } from '../../prometheus/metric.ts';
import { type Ledger, ledgerValues } from '../snapshot/ledger.ts';

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
  const byApi = (metric: string, statistic: LedgerValue['statistic']): ReadonlyMap<string, number> =>
    new Map(
      ledgerValues(ledger, { metric, statistic }, ['name'], seconds).map(({ labels, value }) => [
        labels.name ?? '',
        value,
      ]),
    );
  const rates = byApi('http_reqs', 'rate');
  const failed = byApi('http_req_failed', 'sum');
  const quantiles = (['p50', 'p95', 'p99'] as const).map((q) => [`${q}Ms`, byApi('http_req_duration', q)] as const);
  return [...byApi('http_reqs', 'sum')].map(([api, requests]) => ({
    api,
    requests,
    perSecond: rates.get(api) ?? 0,
    failed: failed.get(api) ?? 0,
    ...Object.fromEntries(quantiles.flatMap(([key, values]) => (values.has(api) ? [[key, values.get(api)]] : []))),
  }));
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
