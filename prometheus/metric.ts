// What the catalogue says of one metric, and how its PromQL is filled in for a run.

export type Unit =
  | 'seconds'
  | 'bytes'
  | 'bytes/s'
  | '1/s'
  | 'messages'
  | 'messages/s'
  | 'messages/min'
  | 'count'
  /** 0 to 1 */
  | 'ratio'
  /** CPU cores in use */
  | 'cores';

export type Source =
  | 'k6'
  | 'kafka-exporter'
  | 'jmx'
  | 'cadvisor'
  | 'node'
  | 'target'
  | 'statsd-exporter'
  /** what Prometheus says of its own scrapes */
  | 'prometheus';

/** The one value of a run, from the points of its series. Never used on quantiles that could be merged instead. */
export type Reduction = 'mean' | 'max' | 'min' | 'last';

export type Aggregate =
  | { readonly kind: 'reduce'; readonly how: Reduction }
  /** PromQL for one instant query; may hold $range and $seconds beside the other placeholders */
  | { readonly kind: 'instant'; readonly query: string };

/** Where a run's exact value is in the ledger; the labels in `by` are the ledger's tags. */
export interface LedgerValue {
  /** metric in the ledger, as k6 names it */
  readonly metric: string;
  /**
   * count: number of samples; sum: total of a counter; rate: sum per second of the run; ratio: trues per sample of a Rate;
   * mean and quantiles: of a Trend's merged histogram; min, max, last: as they are. A counter that the ledger does not
   * have never counted: 0.
   */
  readonly statistic: 'count' | 'sum' | 'rate' | 'ratio' | 'mean' | 'min' | 'max' | 'last' | 'p50' | 'p95' | 'p99';
  /** factor from the ledger's unit (milliseconds) to the catalogue's; default 1 */
  readonly scale?: number;
}

export interface Metric {
  /** unique, stable, snake_case: the key in snapshots and comparisons */
  readonly id: string;
  readonly title: string;
  /** one or two sentences: what it says, and what it cannot say */
  readonly description: string;
  readonly unit: Unit;
  /** which direction is an improvement */
  readonly better: 'lower' | 'higher' | 'neither';
  /** how two runs are set side by side: difference where a ratio of small numbers says nothing */
  readonly compare: 'ratio' | 'difference';
  /** PromQL for a range query over the run */
  readonly series: string;
  readonly aggregate: Aggregate;
  /**
   * When an instant aggregate is evaluated. run: at the end of the load, over the load. settled: after the drain, over load and
   * drain, for counts that are only complete in the first scrape after it.
   */
  readonly window: 'run' | 'settled';
  /** labels that a series of the result has, no more and no fewer */
  readonly by: readonly string[];
  readonly source: Source;
  /** why a healthy lab may have no series of it; a metric without this must have data in every run */
  readonly mayBeEmpty?: string;
  /** a comparison may fail a build on it */
  readonly gate?: boolean;
  readonly fromLedger?: LedgerValue;
}

/**
 * Placeholders that stand for label matchers, inside braces: `k6_http_reqs{$run,$api}`.
 * A snapshot takes everything of its run; a dashboard puts its variables here.
 */
export const matchers = ['run', 'api', 'topic', 'group', 'broker', 'service'] as const;
export type Matcher = (typeof matchers)[number];

/** Placeholders that stand for durations ($interval, $range) and for the run's length as a number of seconds. */
export const durations = ['interval', 'range', 'seconds'] as const;
export type Placeholder = Matcher | (typeof durations)[number];

/** The label that each matcher placeholder works on. */
export const matcherLabel: Readonly<Record<Matcher, string>> = {
  run: 'testid',
  api: 'name',
  topic: 'topic',
  group: 'consumergroup',
  broker: 'broker',
  service: 'service',
};

/** Matchers that leave nothing out but Kafka's internal topics; `run` has no such form. */
export const everything: Readonly<Record<Exclude<Matcher, 'run'>, string>> = {
  api: 'name!=""',
  topic: 'topic!="",topic!~"__.*"',
  group: 'consumergroup!=""',
  broker: 'broker!=""',
  service: 'service!=""',
};

/** Replaces the placeholders of a query; a `$` before anything else is left alone. */
export function substitute(query: string, values: Readonly<Partial<Record<Placeholder, string>>>): string {
  return query.replace(/\$([a-z]+)\b/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name as Placeholder] ?? whole) : whole,
  );
}

/** A run as far as queries need it; times in milliseconds since the epoch. */
export interface RunWindow {
  readonly testid: string;
  readonly startMs: number;
  /** end of the load */
  readonly endMs: number;
  /** a moment when the drain is over and a later scrape is in; endMs where there was no drain */
  readonly settledMs: number;
  /** window of rates in a series: at least twice the scrape interval, four times is usual */
  readonly intervalSeconds: number;
}

export interface RunQueries {
  /** for a range query from startMs to endMs */
  readonly series: string;
  /** for an instant query at timeMs; absent when the aggregate is a reduction of the series */
  readonly instant?: { readonly query: string; readonly timeMs: number };
}

/** The queries that give a metric's series and its value for one run. */
export function render(metric: Metric, run: RunWindow): RunQueries {
  const evaluatedMs = metric.window === 'settled' ? run.settledMs : run.endMs;
  const values: Record<Placeholder, string> = {
    run: `testid=${quote(run.testid)}`,
    ...everything,
    interval: `${run.intervalSeconds}s`,
    range: `${Math.max(1, Math.round(evaluatedMs - run.startMs))}ms`,
    seconds: String(Math.max(1, run.endMs - run.startMs) / 1000),
  };
  const series = substitute(metric.series, values);
  if (metric.aggregate.kind === 'reduce') return { series };
  return { series, instant: { query: substitute(metric.aggregate.query, values), timeMs: evaluatedMs } };
}

/** A PromQL string literal. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
