// What k6 measured, seen from the client: requests, latency, failures per API, and whether the generator kept up.
import type { LedgerValue, Metric } from '../metric.ts';
import { quantile, rate, runTotal, sumBy } from '../promql.ts';

const perApi = ['name'];
const k6 = { source: 'k6', window: 'settled' } as const;
const http = { ...k6, mayBeEmpty: 'the script makes no HTTP requests' } as const;
const milliseconds = 0.001;

/** A counter of k6 as a rate: per interval as a series, per second of load as the run's value. */
function counterRate(
  counter: string,
  by: readonly string[],
  matchers = '$run',
): Pick<Metric, 'series' | 'aggregate' | 'by'> {
  const selector = `${counter}{${matchers}}`;
  return {
    series: sumBy(by, rate(selector)),
    aggregate: { kind: 'instant', query: `${sumBy(by, runTotal(selector))} / $seconds` },
    by,
  };
}

/** Quantiles and mean of a Trend: its histogram per interval, and merged over the run. */
function trend(
  name: string,
  statistic: 'mean' | 'p50' | 'p95' | 'p99',
  by: readonly string[],
  matchers: string,
): Pick<Metric, 'series' | 'aggregate' | 'by' | 'fromLedger' | 'unit' | 'compare'> {
  const over = (counts: (selector: string) => string): string => {
    const series = (suffix: string): string => counts(`k6_${name}_${suffix}{${matchers}}`);
    if (statistic === 'mean') return `${sumBy(by, series('sum'))} / (${sumBy(by, series('count'))} > 0)`;
    return quantile(Number(statistic.slice(1)) / 100, by, series('bucket'));
  };
  const fromLedger: LedgerValue = { metric: name, statistic, scale: milliseconds };
  return {
    series: over(rate),
    aggregate: { kind: 'instant', query: over(runTotal) },
    by,
    fromLedger,
    unit: 'seconds',
    compare: 'ratio',
  };
}

/** Share of trues of a Rate. */
function ratio(trues: string, all: string, by: readonly string[]): Pick<Metric, 'series' | 'aggregate' | 'by'> {
  const over = (counts: (selector: string) => string): string => {
    const total = sumBy(by, counts(all));
    return `(${sumBy(by, counts(trues))} or 0 * ${total}) / (${total} > 0)`;
  };
  return { series: over(rate), aggregate: { kind: 'instant', query: over(runTotal) }, by };
}

/** Iterations that were never started; k6 sends the counter only once it counts: 0, not absent, while k6 runs. */
function dropped(counts: (selector: string) => string): string {
  return `sum(${counts('k6_dropped_iterations{$run}')}) or 0 * sum(${counts('k6_iterations{$run}')})`;
}

const latency: readonly Metric[] = (
  [
    ['p50', 'Latency p50', 'Half of the requests were answered within this time.'],
    ['p95', 'Latency p95', '95 % of the requests were answered within this time.'],
    ['p99', 'Latency p99', '99 % of the requests were answered within this time.'],
    ['mean', 'Latency mean', 'Mean duration of a request: sending, waiting, receiving.'],
  ] as const
).map(([statistic, title, description]) => ({
  ...http,
  ...trend('http_req_duration', statistic, perApi, '$run,$api'),
  id: `http_latency_${statistic}`,
  title,
  description: `${description} Per API (the name tag), as the client saw it.`,
  better: 'lower',
  gate: statistic === 'p95' || statistic === 'p99',
}));

const phases: readonly Metric[] = (
  [
    ['blocked', 'waiting for a free connection'],
    ['connecting', 'making the TCP connection'],
    ['tls_handshaking', 'the TLS handshake'],
    ['sending', 'sending the request'],
    ['waiting', 'waiting for the first byte of the answer'],
    ['receiving', 'receiving the answer'],
  ] as const
).map(([phase, what]) => ({
  ...http,
  ...trend(`http_req_${phase}`, 'mean', perApi, '$run,$api'),
  id: `http_${phase}_mean`,
  title: `HTTP ${phase.replace('_', ' ')}, mean`,
  description: `Mean time of a request spent in ${what}.`,
  better: 'lower',
  compare: 'difference',
}));

const iterationDuration: readonly Metric[] = (['p50', 'p95', 'p99'] as const).map((statistic) => ({
  ...k6,
  ...trend('iteration_duration', statistic, ['scenario'], '$run'),
  id: `iteration_duration_${statistic}`,
  title: `Iteration duration ${statistic}`,
  description: 'Time of one pass of the script, its own pauses included.',
  better: 'lower',
}));

/** Metrics of k6. */
export const k6Metrics: readonly Metric[] = [
  {
    ...http,
    ...counterRate('k6_http_reqs', perApi, '$run,$api'),
    id: 'http_request_rate',
    title: 'Requests per second',
    description: 'HTTP requests that k6 sent, per API.',
    unit: '1/s',
    better: 'higher',
    compare: 'ratio',
    fromLedger: { metric: 'http_reqs', statistic: 'rate' },
  },
  {
    ...http,
    id: 'http_requests',
    title: 'Requests',
    description: 'HTTP requests of the run so far, per API.',
    unit: 'count',
    better: 'neither',
    compare: 'ratio',
    series: sumBy(perApi, 'k6_http_reqs{$run,$api}'),
    aggregate: { kind: 'instant', query: sumBy(perApi, runTotal('k6_http_reqs{$run,$api}')) },
    by: perApi,
    fromLedger: { metric: 'http_reqs', statistic: 'sum' },
  },
  ...latency,
  {
    ...http,
    ...ratio('k6_http_req_failed{$run,$api}', 'k6_http_req_failed_samples{$run,$api}', perApi),
    id: 'http_failure_ratio',
    title: 'Failed requests',
    description: 'Share of requests that failed: by default an answer with status 400 or above, or none.',
    unit: 'ratio',
    better: 'lower',
    compare: 'difference',
    gate: true,
    fromLedger: { metric: 'http_req_failed', statistic: 'ratio' },
  },
  {
    ...http,
    ...counterRate('k6_http_reqs', ['name', 'status'], '$run,$api,status!=""'),
    id: 'http_responses',
    title: 'Responses by status',
    description: 'Answers per second, per API and HTTP status; status 0 is no answer at all.',
    unit: '1/s',
    better: 'neither',
    compare: 'ratio',
  },
  {
    ...http,
    ...counterRate('k6_http_reqs', ['name', 'error_code'], '$run,$api,error_code!=""'),
    id: 'http_errors',
    title: 'Errors by code',
    description: "Failed requests per second, per API and k6's error code.",
    unit: '1/s',
    better: 'lower',
    compare: 'difference',
    mayBeEmpty: 'no request failed',
  },
  ...phases,
  {
    ...k6,
    id: 'vus',
    title: 'Virtual users',
    description: 'Virtual users at work.',
    unit: 'count',
    better: 'neither',
    compare: 'ratio',
    window: 'run',
    series: 'sum(k6_vus{$run})',
    aggregate: { kind: 'reduce', how: 'max' },
    by: [],
    fromLedger: { metric: 'vus', statistic: 'max' },
  },
  {
    ...k6,
    id: 'vus_max',
    title: 'Virtual users allocated',
    description: 'Virtual users that k6 has allocated; at an arrival rate, the ceiling before iterations are dropped.',
    unit: 'count',
    better: 'neither',
    compare: 'ratio',
    window: 'run',
    series: 'sum(k6_vus_max{$run})',
    aggregate: { kind: 'reduce', how: 'max' },
    by: [],
    fromLedger: { metric: 'vus_max', statistic: 'max' },
  },
  {
    ...k6,
    ...counterRate('k6_iterations', []),
    id: 'iteration_rate',
    title: 'Iterations per second',
    description: 'Passes of the script that came to an end.',
    unit: '1/s',
    better: 'higher',
    compare: 'ratio',
    fromLedger: { metric: 'iterations', statistic: 'rate' },
  },
  ...iterationDuration,
  {
    ...k6,
    id: 'dropped_iteration_rate',
    title: 'Dropped iterations per second',
    description:
      'Iterations that an arrival rate asked for and k6 could not start: the generator, or the system it waits for, fell behind.',
    unit: '1/s',
    better: 'lower',
    compare: 'difference',
    series: dropped(rate),
    aggregate: { kind: 'instant', query: `(${dropped(runTotal)}) / $seconds` },
    by: [],
    fromLedger: { metric: 'dropped_iterations', statistic: 'rate' },
  },
  {
    ...k6,
    id: 'dropped_iterations',
    title: 'Dropped iterations',
    description:
      'Iterations of the run so far that k6 could not start. Latencies of a run that dropped any are too low.',
    unit: 'count',
    better: 'lower',
    compare: 'difference',
    gate: true,
    series: dropped((selector) => selector),
    aggregate: { kind: 'instant', query: dropped(runTotal) },
    by: [],
    fromLedger: { metric: 'dropped_iterations', statistic: 'sum' },
  },
  {
    ...k6,
    ...counterRate('k6_data_sent', []),
    id: 'data_sent',
    title: 'Data sent',
    description: 'Bytes per second that k6 sent.',
    unit: 'bytes/s',
    better: 'neither',
    compare: 'ratio',
    fromLedger: { metric: 'data_sent', statistic: 'rate' },
  },
  {
    ...k6,
    ...counterRate('k6_data_received', []),
    id: 'data_received',
    title: 'Data received',
    description: 'Bytes per second that k6 received.',
    unit: 'bytes/s',
    better: 'neither',
    compare: 'ratio',
    fromLedger: { metric: 'data_received', statistic: 'rate' },
  },
  {
    ...k6,
    ...counterRate('k6_checks', ['check', 'result'], '$run,check!=""'),
    id: 'checks',
    title: 'Checks',
    description: 'Checks of the script per second, passed and failed; their names come from the script.',
    unit: '1/s',
    better: 'neither',
    compare: 'ratio',
    mayBeEmpty: 'the script has no checks',
  },
  {
    ...k6,
    ...ratio('k6_checks{$run,check!="",result="fail"}', 'k6_checks{$run,check!=""}', ['check']),
    id: 'check_failure_ratio',
    title: 'Failed checks',
    description: 'Share of the evaluations of a check that failed.',
    unit: 'ratio',
    better: 'lower',
    compare: 'difference',
    mayBeEmpty: 'the script has no checks',
    gate: true,
  },
];
