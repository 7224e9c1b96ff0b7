// Measures every metric of the catalogue for one run: its value per label set, and its course over time.
import pLimit from 'p-limit';
import { type Metric, type RunWindow, render } from '../../prometheus/metric.ts';
import type { Labels, Point, PrometheusClient, Series } from '../prometheus/client.ts';
import { type AggregatedMetric, type SeriesFile, snapshotSchemaVersion } from './format.ts';
import { type Ledger, ledgerValues } from './ledger.ts';
import { unescapeTag } from './reconcile.ts';

export interface MeasureInput {
  readonly catalogue: readonly Metric[];
  /** undefined when Prometheus gives no answer: what the ledger knows is measured all the same */
  readonly client: PrometheusClient | undefined;
  readonly ledger: Ledger | undefined;
  readonly window: RunWindow;
  /** distance of points, from stepFor */
  readonly stepMs: number;
  readonly signal?: AbortSignal;
}

export interface Measured {
  readonly metrics: readonly AggregatedMetric[];
  readonly series: readonly SeriesFile[];
}

/** What a long run is thinned to, per series. */
const maxPoints = 2_000;
/** More label sets than this are of no use to anybody who looks; they would only make snapshots large. */
const maxSeries = 500;
const parallelQueries = 4;

/** Distance of points in milliseconds: the scrape interval, or a multiple of it in a long run. */
export function stepFor(lengthMs: number, scrapeIntervalMs: number): number {
  return scrapeIntervalMs * Math.max(1, Math.ceil(lengthMs / scrapeIntervalMs / maxPoints));
}

/** Values and series of all metrics. Faults of single queries are not caught: the catalogue's queries are right or a bug. */
export async function measure(input: MeasureInput): Promise<Measured> {
  const limit = pLimit(parallelQueries);
  const measured = await Promise.all(input.catalogue.map((metric) => limit(() => measureOne(metric, input))));
  return {
    metrics: measured.map(({ aggregated }) => aggregated),
    series: measured.flatMap(({ series }) => (series && series.series.length > 0 ? [series] : [])),
  };
}

async function measureOne(
  metric: Metric,
  { client, ledger, window, stepMs, signal }: MeasureInput,
): Promise<{ readonly aggregated: AggregatedMetric; readonly series: SeriesFile | undefined }> {
  const queries = render(metric, window);
  const range = { startMs: window.startMs, endMs: window.settledMs, stepMs, ...(signal ? { signal } : {}) };
  const series = (await client?.queryRange(queries.series, range)) ?? [];
  const exact = exactValues(metric, ledger, window);
  const values = exact ?? (await scrapedValues(metric, queries, series, window, client, signal));
  return {
    aggregated: {
      ...describe(metric),
      origin: exact ? 'ledger' : values.length > 0 ? 'prometheus' : 'none',
      ...(values.length > 0 ? {} : { why: whyEmpty(metric, client) }),
      values: sorted(values),
    },
    series: client && toSeriesFile(metric, series, range),
  };
}

type Values = AggregatedMetric['values'];

function exactValues(metric: Metric, ledger: Ledger | undefined, window: RunWindow): Values | undefined {
  if (!ledger || !metric.fromLedger) return undefined;
  const seconds = (window.endMs - window.startMs) / 1000;
  const values = ledgerValues(ledger, metric.fromLedger, metric.by, seconds);
  return values.length > 0 ? values.map(({ labels, value }) => ({ labels, value: finite(value) })) : undefined;
}

async function scrapedValues(
  metric: Metric,
  queries: ReturnType<typeof render>,
  series: readonly Series[],
  window: RunWindow,
  client: PrometheusClient | undefined,
  signal: AbortSignal | undefined,
): Promise<Values> {
  if (queries.instant) {
    const { query, timeMs } = queries.instant;
    const samples = (await client?.query(query, { timeMs, ...(signal ? { signal } : {}) })) ?? [];
    return samples.map(({ labels, value }) => ({ labels: plain(metric, labels), value: finite(value) }));
  }
  const untilMs = metric.window === 'settled' ? window.settledMs : window.endMs;
  return series.flatMap(({ labels, points }) => {
    const own = points.filter(([timeMs, value]) => timeMs <= untilMs && !Number.isNaN(value));
    return own.length === 0 ? [] : [{ labels: plain(metric, labels), value: finite(reduce(metric, own)) }];
  });
}

function reduce({ aggregate }: Metric, points: readonly Point[]): number {
  const how = aggregate.kind === 'reduce' ? aggregate.how : 'last';
  switch (how) {
    case 'mean':
      return points.reduce((sum, [, value]) => sum + value, 0) / points.length;
    case 'max':
      return points.reduce((most, [, value]) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    case 'min':
      return points.reduce((least, [, value]) => Math.min(least, value), Number.POSITIVE_INFINITY);
    case 'last':
      return points.at(-1)?.[1] ?? Number.NaN;
  }
}

function whyEmpty(metric: Metric, client: PrometheusClient | undefined): string {
  if (!client) return 'Prometheus gave no answer';
  return metric.mayBeEmpty ?? `no sample of ${metric.source} in this time`;
}

function describe({ id, title, unit, better, compare, gate, source, by }: Metric) {
  return { id, title, unit, better, compare, gate: gate === true, source, by: [...by] };
}

function toSeriesFile(
  metric: Metric,
  series: readonly Series[],
  { startMs, endMs, stepMs }: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
): SeriesFile {
  const points = Math.floor((endMs - startMs) / stepMs) + 1;
  return {
    schema: snapshotSchemaVersion,
    metric: metric.id,
    startMs,
    stepMs,
    points,
    leftOut: Math.max(0, series.length - maxSeries),
    series: sorted(
      series.slice(0, maxSeries).map((one) => {
        const values: (number | null)[] = Array.from({ length: points }, () => null);
        for (const [timeMs, value] of one.points) {
          const at = Math.round((timeMs - startMs) / stepMs);
          if (at >= 0 && at < points) values[at] = finite(value);
        }
        return { labels: plain(metric, one.labels), values };
      }),
    ),
  };
}

/** JSON knows neither NaN nor infinities. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Labels as the ledger has them: tags of k6 travel escaped. */
function plain({ source }: Metric, { __name__: _, ...labels }: Labels): Record<string, string> {
  if (source !== 'k6') return labels;
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, unescapeTag(value)]));
}

function sorted<T extends { readonly labels: Labels }>(entries: readonly T[]): T[] {
  const key = ({ labels }: T): string => JSON.stringify(Object.entries(labels).sort());
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
