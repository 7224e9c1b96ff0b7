// Measuring the catalogue: exact where the ledger knows, from Prometheus otherwise, and a reason where nobody knows.
import { describe, expect, it } from 'vitest';
import type { Metric, RunWindow } from '../../prometheus/metric.ts';
import type { PrometheusClient, Series } from '../../src/prometheus/client.ts';
import { measure, stepFor } from '../../src/snapshot/measure.ts';
import { ledger, startMs, testid } from './sample.ts';

const window: RunWindow = {
  testid,
  startMs,
  endMs: startMs + 10_000,
  settledMs: startMs + 20_000,
  intervalSeconds: 10,
};
const metric = (change: Partial<Metric>): Metric => ({
  id: 'm',
  title: 'M',
  description: '',
  unit: 'count',
  better: 'lower',
  compare: 'ratio',
  series: 'm{$run}',
  aggregate: { kind: 'reduce', how: 'mean' },
  window: 'run',
  by: [],
  source: 'k6',
  ...change,
});

/** A Prometheus that gives these series to range queries, and one sample to instant ones. */
function clientWith(series: readonly Series[], asked: string[] = []): PrometheusClient {
  return {
    url: '',
    query: async (promql, options) => {
      asked.push(`${promql} @ ${options?.timeMs}`);
      return [{ labels: { __name__: 'm', name: 'x' }, value: 42, timeMs: 0 }];
    },
    queryRange: async (promql) => {
      asked.push(promql);
      return series;
    },
    queryRaw: async () => [],
    targets: async () => [],
    version: async () => '2.42.0',
  };
}
const points: Series['points'] = [
  [startMs, 1],
  [startMs + 5_000, Number.NaN],
  [startMs + 10_000, 5],
  [startMs + 15_000, 100],
];
const measureOne = async (one: Metric, client: PrometheusClient | undefined, withLedger = false) => {
  const input = { catalogue: [one], client, ledger: withLedger ? ledger : undefined, window, stepMs: 5_000 };
  const { metrics, series } = await measure(input);
  return { metric: metrics[0], series: series[0] };
};

describe('a value', () => {
  it.each([
    ['mean', 3],
    ['max', 5],
    ['min', 1],
    ['last', 5],
  ] as const)('reduced by %s leaves out what is no number and what is after the load', async (how, value) => {
    const reduced = metric({ aggregate: { kind: 'reduce', how } });
    const found = await measureOne(reduced, clientWith([{ labels: { a: 'b' }, points }]));
    expect(found.metric).toMatchObject({ origin: 'prometheus', values: [{ labels: { a: 'b' }, value }] });
  });

  it('includes the drain where the metric says settled', async () => {
    const settled = metric({ aggregate: { kind: 'reduce', how: 'max' }, window: 'settled' });
    expect((await measureOne(settled, clientWith([{ labels: {}, points }]))).metric?.values).toEqual([
      { labels: {}, value: 100 },
    ]);
  });

  it('comes from an instant query where the metric has one', async () => {
    const asked: string[] = [];
    const instant = metric({ aggregate: { kind: 'instant', query: 'sum(m{$run}[$range])' } });
    const found = await measureOne(instant, clientWith([], asked));
    expect(found.metric?.values).toEqual([{ labels: { name: 'x' }, value: 42 }]);
    expect(asked).toEqual([`m{testid="${testid}"}`, `sum(m{testid="${testid}"}[10000ms]) @ ${window.endMs}`]);
  });

  it('is exact where the ledger has it', async () => {
    const exact = metric({ by: ['name'], fromLedger: { metric: 'http_reqs', statistic: 'rate' } });
    const found = await measureOne(exact, clientWith([]), true);
    expect(found.metric).toMatchObject({
      origin: 'ledger',
      values: [
        { labels: { name: 'GET /products' }, value: 7 },
        { labels: { name: 'POST /orders' }, value: 21 },
      ],
    });
  });

  it('falls back on Prometheus where the ledger has no such metric', async () => {
    const unknown = metric({ fromLedger: { metric: 'ws_sessions', statistic: 'sum' } });
    expect((await measureOne(unknown, clientWith([{ labels: {}, points }]), true)).metric?.origin).toBe('prometheus');
  });

  it('that nobody has carries the reason', async () => {
    const empty = metric({ mayBeEmpty: 'one broker has no followers' });
    expect((await measureOne(empty, clientWith([]))).metric).toMatchObject({
      origin: 'none',
      why: 'one broker has no followers',
      values: [],
    });
    expect((await measureOne(metric({}), undefined)).metric?.why).toBe('Prometheus gave no answer');
  });

  it('that is infinite or not a number is null, for JSON knows neither', async () => {
    const infinite: Series = { labels: {}, points: [[startMs, Number.POSITIVE_INFINITY]] };
    expect((await measureOne(metric({}), clientWith([infinite]))).metric?.values).toEqual([
      { labels: {}, value: null },
    ]);
  });
});

describe('a series', () => {
  it('has one entry per step from start to the end of the drain, null where there is none', async () => {
    const found = await measureOne(metric({}), clientWith([{ labels: { __name__: 'm', a: 'b' }, points }]));
    expect(found.series).toEqual({
      schema: 1,
      metric: 'm',
      startMs,
      stepMs: 5_000,
      points: 5,
      leftOut: 0,
      series: [{ labels: { a: 'b' }, values: [1, null, 5, 100, null] }],
    });
  });

  it('is bounded: long runs are thinned, and too many label sets counted instead of kept', async () => {
    expect(stepFor(60_000, 5_000)).toBe(5_000);
    expect(stepFor(24 * 3_600_000, 5_000)).toBe(45_000);
    const many = Array.from({ length: 501 }, (_, i): Series => ({ labels: { i: String(i) }, points }));
    const found = await measureOne(metric({}), clientWith(many));
    expect(found.series?.series).toHaveLength(500);
    expect(found.series?.leftOut).toBe(1);
  });
});

describe('labels', () => {
  it('of k6 are unescaped, as the ledger has them; others are left alone', async () => {
    const labels = { name: 'GET /a%2Cb' };
    const value = async (source: Metric['source']) =>
      (await measureOne(metric({ source }), clientWith([{ labels, points }]))).metric?.values[0]?.labels;
    expect(await value('k6')).toEqual({ name: 'GET /a,b' });
    expect(await value('jmx')).toEqual(labels);
  });
});
