// What the built-in system under test says of itself: answers, messages, end-to-end latency, event loop.
import type { Metric } from '../metric.ts';
import { growth, quantile, rate, sumBy } from '../promql.ts';

const base = {
  source: 'target',
  // answers and messages of the run's last moments show in the first scrape after the drain
  window: 'settled',
  mayBeEmpty: 'the system under test is not the built-in one',
} as const;

const routes = ['route', 'method'];
const perTopic = ['topic'];

/** Quantiles of one of the target's histograms: per interval, and merged over instances and the run. */
function quantiles(
  histogram: string,
  q: number,
  by: readonly string[],
  matchers: string,
): Pick<Metric, 'series' | 'aggregate' | 'by' | 'unit' | 'compare'> {
  const buckets = `${histogram}_bucket{${matchers}}`;
  return {
    series: quantile(q, by, rate(buckets)),
    aggregate: { kind: 'instant', query: quantile(q, by, growth(buckets)) },
    by,
    unit: 'seconds',
    compare: 'ratio',
  };
}

/** A counter of the target as a rate: per second of load over the run, what the drain added included. */
function counterRate(selector: string, by: readonly string[]): Pick<Metric, 'series' | 'aggregate' | 'by'> {
  return {
    series: sumBy(by, rate(selector)),
    aggregate: { kind: 'instant', query: `${sumBy(by, growth(selector))} / $seconds` },
    by,
  };
}

function meanOf(over: (selector: string) => string): string {
  const sum = over('target_http_request_duration_seconds_sum{route!=""}');
  const count = over('target_http_request_duration_seconds_count{route!=""}');
  return `${sumBy(routes, sum)} / (${sumBy(routes, count)} > 0)`;
}

function errorRatio(over: (selector: string) => string): string {
  const all = sumBy(routes, over('target_http_request_duration_seconds_count{route!=""}'));
  const failed = sumBy(routes, over('target_http_request_duration_seconds_count{route!="",status=~"5.."}'));
  return `(${failed} or 0 * ${all}) / (${all} > 0)`;
}

const percent = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;

/** Metrics of the built-in system under test. */
export const targetMetrics: readonly Metric[] = [
  {
    ...base,
    ...counterRate('target_http_request_duration_seconds_count{route!=""}', routes),
    id: 'server_request_rate',
    title: 'Requests answered per second',
    description: 'Requests that the gateway answered, per route.',
    unit: '1/s',
    better: 'higher',
    compare: 'ratio',
  },
  ...percent.map(
    ([name, q]): Metric => ({
      ...base,
      ...quantiles('target_http_request_duration_seconds', q, routes, 'route!=""'),
      id: `server_latency_${name}`,
      title: `Server-side latency ${name}`,
      description: 'Time that the gateway took to answer: what is missing to the latency at k6 is network and queues.',
      better: 'lower',
    }),
  ),
  {
    ...base,
    id: 'server_latency_mean',
    title: 'Server-side latency mean',
    description: 'Mean time that the gateway took to answer, per route.',
    unit: 'seconds',
    better: 'lower',
    compare: 'ratio',
    series: meanOf(rate),
    aggregate: { kind: 'instant', query: meanOf(growth) },
    by: routes,
  },
  {
    ...base,
    id: 'server_error_ratio',
    title: 'Server errors',
    description: 'Share of answers with a status of 500 or above, per route.',
    unit: 'ratio',
    better: 'lower',
    compare: 'difference',
    series: errorRatio(rate),
    aggregate: { kind: 'instant', query: errorRatio(growth) },
    by: routes,
  },
  {
    ...base,
    ...counterRate('target_messages_acknowledged_total{$topic}', perTopic),
    id: 'messages_acknowledged',
    title: 'Messages acknowledged per second',
    description: 'Messages that the target produced and a broker acknowledged, per topic.',
    unit: 'messages/s',
    better: 'higher',
    compare: 'ratio',
  },
  {
    ...base,
    ...counterRate('target_messages_consumed_total{$topic}', perTopic),
    id: 'messages_consumed',
    title: 'Messages processed per second',
    description: 'Messages that the workers processed, per topic.',
    unit: 'messages/s',
    better: 'higher',
    compare: 'ratio',
  },
  {
    ...base,
    ...counterRate('target_produce_errors_total{$topic}', perTopic),
    id: 'produce_errors',
    title: 'Produce errors per second',
    description: 'Messages that the target could not produce, per topic.',
    unit: '1/s',
    better: 'lower',
    compare: 'difference',
    mayBeEmpty: 'every message was produced',
    gate: true,
  },
  ...percent.map(
    ([name, q]): Metric => ({
      ...base,
      ...quantiles('target_end_to_end_latency_seconds', q, perTopic, '$topic'),
      id: `end_to_end_latency_${name}`,
      title: `End-to-end latency ${name}`,
      description: 'From producing a message to having processed it, per topic; the drain included.',
      better: 'lower',
      gate: name !== 'p50',
    }),
  ),
  {
    ...base,
    window: 'run',
    id: 'event_loop_lag_p99',
    title: 'Event loop lag p99',
    description: "99th percentile of the delay of a Node process' event loop since its last scrape, worst instance.",
    unit: 'seconds',
    better: 'lower',
    compare: 'ratio',
    series: 'max by (job) (nodejs_eventloop_lag_p99_seconds{job=~"gateway|worker"})',
    aggregate: { kind: 'reduce', how: 'max' },
    by: ['job'],
  },
];
