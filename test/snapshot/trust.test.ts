// Reasons not to rely on a run's figures.
import { describe, expect, it } from 'vitest';
import type { PrometheusClient, Series } from '../../src/prometheus/client.ts';
import { reconcile } from '../../src/snapshot/reconcile.ts';
import { scrapeGaps, type TrustInput, trustMarks } from '../../src/snapshot/trust.ts';
import { ledger, wire } from './sample.ts';

const outcome = (verdict: string, executor = 'constant-arrival-rate') =>
  ({
    scenario: { name: 'smoke', file: 'smoke.ts', options: { scenarios: { load: { executor } } } },
    k6: { verdict },
  }) as TrustInput['outcome'];
const good: TrustInput = {
  outcome: outcome('passed'),
  ledger,
  reconciliation: reconcile({ ledger, statsd: wire, prometheus: wire, topics: [], notes: [] }),
  prometheus: wire,
  drain: { drained: true, durationMs: 1, lag: [], unscraped: [] },
  gaps: [],
};
const codes = (change: Partial<TrustInput>) =>
  trustMarks({ ...good, ...change }).map(({ code, level }) => [level, code]);

describe('a run', () => {
  it('without a reason has no mark', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ outcome: outcome('thresholds') })).toEqual([]);
  });

  it.each<[string, Partial<TrustInput>, [string, string]]>([
    ['did not go to its end', { outcome: outcome('interrupted') }, ['error', 'RUN_INCOMPLETE']],
    [
      'lost samples',
      { ledger: { ...ledger, statsd: { ...ledger.statsd, lost: { payloads: 1, samples: 3 } } } },
      ['error', 'SAMPLES_LOST'],
    ],
    [
      'has sums that do not close',
      { reconciliation: reconcile({ ledger, statsd: [], prometheus: [], topics: [], notes: [] }) },
      ['error', 'SUMS_OPEN'],
    ],
    [
      'has no tags per API',
      { prometheus: [{ name: 'k6_http_reqs', labels: {}, value: 280 }] },
      ['error', 'NO_API_TAGS'],
    ],
    ['has no ledger', { ledger: undefined }, ['warning', 'NO_LEDGER']],
    [
      'did not drain',
      { drain: { drained: false, durationMs: 1, lag: [], unscraped: [], reason: 'after 60 s' } },
      ['warning', 'NOT_DRAINED'],
    ],
    [
      'dropped iterations',
      {
        ledger: {
          ...ledger,
          series: [{ metric: 'dropped_iterations', tags: {}, count: 2, sum: 9, min: 0, max: 5 }, ...ledger.series],
        },
      },
      ['warning', 'GENERATOR_BEHIND'],
    ],
    ['waits for answers', { outcome: outcome('passed', 'ramping-vus') }, ['warning', 'CLOSED_MODEL']],
    [
      'has a gap in its scrapes',
      { gaps: [{ job: 'jmx', instance: 'jmx-exporter-1:5556', failed: 2, longestMs: 5000 }] },
      ['warning', 'SCRAPE_GAPS'],
    ],
  ])('that %s is marked', (_, change, mark) => {
    expect(codes(change)).toEqual([mark]);
  });

  it('without a single request is not blamed for missing tags', () => {
    expect(codes({ prometheus: [] })).toEqual([]);
  });
});

describe('scrape gaps', () => {
  const up = (values: readonly (readonly [seconds: number, value: number])[]): PrometheusClient =>
    ({
      queryRaw: async (): Promise<readonly Series[]> => [
        { labels: { job: 'jmx', instance: 'a' }, points: values.map(([s, value]) => [s * 1000, value] as const) },
      ],
    }) as unknown as PrometheusClient;
  const window = { startMs: 0, endMs: 20_000, intervalMs: 5_000 };

  it('are failed scrapes, and times without any', async () => {
    const whole = up([
      [2, 1],
      [7, 1],
      [12, 1],
      [17, 1],
    ]);
    expect(await scrapeGaps(whole, window)).toEqual([]);
    const failed = up([
      [2, 1],
      [7, 0],
      [12, 1],
      [17, 1],
    ]);
    expect(await scrapeGaps(failed, window)).toEqual([{ job: 'jmx', instance: 'a', failed: 1, longestMs: 5_000 }]);
    const stopped = up([
      [2, 1],
      [5, 1],
    ]);
    expect(await scrapeGaps(stopped, window)).toMatchObject([{ failed: 0, longestMs: 15_000 }]);
  });
});
