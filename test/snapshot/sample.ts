// A small realistic run, made by code: what k6, statsd-exporter, Prometheus and Kafka would say of 280 requests.
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Aggregates, Manifest } from '../../src/snapshot/format.ts';
import type { Ledger } from '../../src/snapshot/ledger.ts';
import type { Evidence, SeriesCount } from '../../src/snapshot/reconcile.ts';
import type { SnapshotContent } from '../../src/snapshot/writer.ts';

export const startMs = Date.parse('2026-01-02T03:04:05Z');
export const testid = '20260102T030405Z-smoke-base';
const scale = 1000;

/** A histogram as the output writes it: microseconds of the given milliseconds. */
export function histogramOf(values: readonly number[]): string {
  const histogram = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3 });
  for (const value of values) histogram.recordValue(Math.round(value * scale));
  return encodeIntoCompressedBase64(histogram);
}

function trend(metric: string, name: string, status: string, values: readonly number[]): Ledger['series'][number] {
  return {
    metric,
    tags: { name, status, scenario: 'smoke', testid },
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    histogram: histogramOf(values),
    histogramScale: scale,
  };
}

function count(metric: string, tags: Record<string, string>, n: number, sum: number): Ledger['series'][number] {
  return { metric, tags: { ...tags, scenario: 'smoke', testid }, count: n, sum, min: 0, max: 1 };
}

/** 1, 2, 3 … n times a factor: quantiles that can be told by heart. */
export const ramp = (n: number, factor = 1): readonly number[] => Array.from({ length: n }, (_, i) => (i + 1) * factor);

export const ledger: Ledger = {
  schema: 1,
  k6: '2.2.0',
  startedMs: startMs,
  endedMs: startMs + 14_000,
  pushIntervalMs: 100,
  tagsEnabled: true,
  statsd: {
    address: 'unix:///run/statsd/statsd.sock',
    payloads: 140,
    bytes: 96_000,
    samples: 3_640,
    lost: { payloads: 0, samples: 0 },
  },
  metrics: [
    { name: 'checks', type: 'rate', contains: 'default' },
    { name: 'data_sent', type: 'counter', contains: 'data' },
    { name: 'http_req_duration', type: 'trend', contains: 'time' },
    { name: 'http_req_failed', type: 'rate', contains: 'default' },
    { name: 'http_reqs', type: 'counter', contains: 'default' },
    { name: 'iterations', type: 'counter', contains: 'default' },
    { name: 'vus', type: 'gauge', contains: 'default' },
  ],
  series: [
    count('checks', { check: 'accepted' }, 210, 207),
    count('data_sent', {}, 140, 67_200),
    trend('http_req_duration', 'GET /products', '200', ramp(70, 0.5)),
    trend('http_req_duration', 'POST /orders', '202', ramp(207)),
    trend('http_req_duration', 'POST /orders', '503', [1000, 2000, 3000]),
    count('http_req_failed', { name: 'GET /products' }, 70, 0),
    count('http_req_failed', { name: 'POST /orders' }, 210, 3),
    count('http_reqs', { name: 'GET /products', status: '200' }, 70, 70),
    count('http_reqs', { name: 'POST /orders', status: '202' }, 207, 207),
    count('http_reqs', { name: 'POST /orders', status: '503' }, 3, 3),
    count('iterations', {}, 70, 70),
    { ...count('vus', {}, 14, 5), min: 1, max: 8 },
  ],
};

/** k6's own summary, as --summary-export writes it. */
export const summary = {
  metrics: {
    checks: { passes: 207, fails: 3, value: 0.985 },
    data_sent: { count: 67_200, rate: 4_800 },
    http_req_duration: { avg: 120, min: 0.5, med: 80, max: 3000, 'p(90)': 190, 'p(95)': 201 },
    http_req_failed: { passes: 3, fails: 277, value: 0.0107 },
    http_reqs: { count: 280, rate: 20 },
    'http_reqs{name:POST /orders}': { count: 210, rate: 15 },
    iterations: { count: 70, rate: 5 },
    vus: { value: 5, min: 1, max: 8 },
  },
};

/** The same counts as they arrive on the wire. */
export const wire: readonly SeriesCount[] = (
  [
    ['k6_checks', { check: 'accepted', result: 'pass' }, 207],
    ['k6_checks', { check: 'accepted', result: 'fail' }, 3],
    ['k6_data_sent', {}, 67_200],
    ['k6_http_req_duration_count', { name: 'GET /products' }, 70],
    ['k6_http_req_duration_count', { name: 'POST /orders' }, 210],
    ['k6_http_req_failed', { name: 'POST /orders' }, 3],
    ['k6_http_req_failed_samples', { name: 'GET /products' }, 70],
    ['k6_http_req_failed_samples', { name: 'POST /orders' }, 210],
    ['k6_http_reqs', { name: 'GET /products', status: '200' }, 70],
    ['k6_http_reqs', { name: 'POST /orders', status: '202' }, 207],
    ['k6_http_reqs', { name: 'POST /orders', status: '503' }, 3],
    ['k6_iterations', {}, 70],
    ['k6_vus', {}, 5],
  ] as const
).map(([name, labels, value]) => ({ name, labels: { ...labels, testid }, value }));

/** Wire counts with one of them changed. */
export function wireWith(name: string, change: (count: SeriesCount) => number): readonly SeriesCount[] {
  return wire.map((one) => (one.name === name ? { ...one, value: change(one) } : one));
}

export const topics: Evidence['topics'] = [
  { topic: 'order-events', acknowledged: 207, broker: 207, committed: {} },
  { topic: 'orders', acknowledged: 207, broker: 207, consumed: 207, committed: { 'order-workers': 207 } },
  { topic: 'payments', acknowledged: 0, broker: 0, consumed: 0, committed: { 'order-workers': 0 } },
];

export const manifest: Omit<Manifest, 'files'> = {
  kind: 'kafka-load-lab-snapshot',
  schema: 1,
  id: testid,
  label: 'base',
  takenMs: startMs + 25_000,
  lab: '0.1.0',
  run: {
    kind: 'run',
    scenario: { name: 'smoke', file: 'k6/scenarios/smoke.ts', options: { scenarios: {} } },
    k6: { exitCode: 0, verdict: 'passed', version: '2.2.0', image: 'kafka-load-lab/k6:2.2.0-abc' },
  },
  startedMs: startMs,
  endedMs: startMs + 14_000,
  settledMs: startMs + 20_000,
  phases: [{ name: 'smoke', startMs, endMs: startMs + 14_000 }],
  config: { brokers: 1 },
  configHash: 'f'.repeat(64),
  git: { commit: '0123456789abcdef0123456789abcdef01234567', dirty: false },
  images: [{ name: 'kafka', reference: 'apache/kafka:4.1.1', id: `sha256:${'a'.repeat(64)}`, source: 'pulled' }],
  missing: [{ service: 'grafana', why: 'no container registry answers, and no package registry carries it' }],
  engine: {
    version: '20.10.24',
    apiVersion: '1.41',
    composeVersion: '2.40.3',
    own: true,
    cpus: 2,
    memoryBytes: 8 * 1024 ** 3,
    kernel: '6.1.0',
    architecture: 'x86_64',
  },
  machine: { cpuModel: 'A CPU', cpus: 2, memoryBytes: 8 * 1024 ** 3, kernel: '6.1.0', platform: 'linux' },
  prometheus: '2.42.0',
  trust: [],
  warnings: [],
};

const metricOf = (
  metric: Pick<Aggregates['metrics'][number], 'id' | 'title' | 'unit'> & Partial<Aggregates['metrics'][number]>,
): Aggregates['metrics'][number] => ({
  better: 'lower',
  compare: 'ratio',
  gate: false,
  source: 'k6',
  by: Object.keys(metric.values?.[0]?.labels ?? {}),
  origin: 'prometheus',
  values: [],
  ...metric,
});

export const aggregates: Aggregates = {
  schema: 1,
  metrics: [
    metricOf({
      id: 'http_request_rate',
      title: 'Requests per second',
      unit: '1/s',
      better: 'higher',
      origin: 'ledger',
      values: [
        { labels: { name: 'GET /products' }, value: 5 },
        { labels: { name: 'POST /orders' }, value: 15 },
      ],
    }),
    metricOf({
      id: 'http_latency_p95',
      title: 'Latency p95',
      unit: 'seconds',
      gate: true,
      origin: 'ledger',
      values: [
        { labels: { name: 'GET /products' }, value: 0.0335 },
        { labels: { name: 'POST /orders' }, value: 0.2 },
      ],
    }),
    metricOf({
      id: 'http_failure_ratio',
      title: 'Failed requests',
      unit: 'ratio',
      compare: 'difference',
      gate: true,
      origin: 'ledger',
      values: [
        { labels: { name: 'GET /products' }, value: 0 },
        { labels: { name: 'POST /orders' }, value: 0.0143 },
      ],
    }),
    metricOf({
      id: 'consumer_lag_max',
      title: 'Consumer lag, highest',
      unit: 'messages',
      compare: 'difference',
      source: 'kafka-exporter',
      values: [{ labels: { consumergroup: 'order-workers', topic: 'orders' }, value: 12 }],
    }),
    metricOf({
      id: 'container_memory_max',
      title: 'Memory, highest',
      unit: 'bytes',
      source: 'cadvisor',
      values: [{ labels: { service: 'gateway' }, value: 83_886_080 }],
    }),
    metricOf({
      id: 'http_errors',
      title: 'Errors by code',
      unit: '1/s',
      compare: 'difference',
      origin: 'none',
      why: 'no request failed',
    }),
  ],
};

export const content: SnapshotContent = {
  manifest,
  aggregates,
  reconciliation: undefined,
  ledger: Buffer.from(JSON.stringify(ledger)),
  summary: Buffer.from(JSON.stringify(summary)),
  series: [
    {
      schema: 1,
      metric: 'http_request_rate',
      startMs,
      stepMs: 5000,
      points: 3,
      leftOut: 0,
      series: [{ labels: { name: 'POST /orders' }, values: [null, 14.8, 15.2] }],
    },
  ],
};
