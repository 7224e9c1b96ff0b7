// Counts of a run from raw counters: resets, series that come and go, backlog from before.
import { describe, expect, it } from 'vitest';
import type { KafkaPositions } from '../../src/kafka/offsets.ts';
import { followResets, type Increase } from '../../src/prometheus/increases.ts';
import { belongsTo, gatherCounters, statsdCounts, topicCounts } from '../../src/snapshot/counters.ts';

const labels = { name: 'POST /orders', testid: 'x' };
const target = { job: 'statsd', instance: 'statsd-exporter:9102' };
const requests = (value: number) => ({ name: 'k6_http_reqs', labels, value });
const scraped = (increase: number, last = increase, resets = 0): Increase => ({
  name: 'k6_http_reqs',
  labels: { ...labels, ...target },
  increase,
  last,
  resets,
});
const ours = belongsTo('x', true);

describe('growth of a counter over raw samples', () => {
  it.each([
    [
      'a series that is born at n began at zero',
      [
        [10, 7],
        [20, 9],
      ],
      9,
      0,
    ],
    [
      'what was there at the start does not count',
      [
        [0, 100],
        [10, 100],
        [20, 130],
      ],
      30,
      0,
    ],
    [
      'a fall is a restart at zero',
      [
        [0, 100],
        [10, 110],
        [20, 5],
        [30, 8],
      ],
      18,
      1,
    ],
    ['nothing', [], 0, 0],
  ] as const)('%s', (_, points, increase, resets) => {
    expect(followResets(points, 5)).toEqual({ increase, resets });
  });
});

describe('what statsd-exporter counted', () => {
  it('is its last value less its first', () => {
    expect(statsdCounts([requests(40)], [requests(250)], [scraped(210, 250)], ours).counts).toEqual([requests(210)]);
    expect(statsdCounts(undefined, [requests(210)], [scraped(210)], ours).counts).toEqual([requests(210)]);
  });

  it('includes what it forgot: a series that was silent for longer than the TTL', () => {
    const { counts, forgotten } = statsdCounts([], [], [scraped(210)], ours);
    expect(counts).toEqual([requests(210)]);
    expect(forgotten).toBe(1);
  });

  it('includes what it had counted before a restart', () => {
    // 150 before the restart, 60 after it, one more than Prometheus has scraped
    expect(statsdCounts([], [requests(61)], [scraped(210, 60, 1)], ours).counts).toEqual([requests(211)]);
  });

  it('is only what belongs to the run', () => {
    const other = { name: 'k6_http_reqs', labels: { ...labels, testid: 'earlier' }, value: 999 };
    expect(statsdCounts([other], [other, requests(210)], [scraped(210)], ours).counts).toEqual([requests(210)]);
    const untagged = { name: 'k6_http_reqs', labels: {}, value: 5 };
    expect(statsdCounts([], [other, untagged], [], belongsTo('x', false)).counts).toEqual([untagged]);
  });
});

const kafka = (orders: number, committed: number | undefined, low = 0): KafkaPositions => ({
  topics: { orders: { 0: { low, end: orders }, 1: { low: 0, end: 0 } } },
  groups: {
    'order-workers': { active: true, committed: committed === undefined ? {} : { orders: { 0: committed } } },
  },
});
const counter = (name: string, topic: string, increase: number): Increase => ({
  name,
  labels: { topic },
  increase,
  last: increase,
  resets: 0,
});
const consumed = (n: number) => counter('target_messages_consumed_total', 'orders', n);
const acknowledged = (n: number) => counter('target_messages_acknowledged_total', 'orders', n);

describe('messages of a topic', () => {
  it('are what the target acknowledged, the broker has, and the workers consumed and committed', () => {
    // two workers: their counters add up
    const counts = topicCounts(kafka(100, 100), kafka(310, 310), [acknowledged(210), consumed(110), consumed(100)]);
    expect(counts).toEqual([
      { topic: 'orders', acknowledged: 210, broker: 210, consumed: 210, committed: { 'order-workers': 210 } },
    ]);
  });

  it('do not include a backlog from before the run', () => {
    const counts = topicCounts(kafka(100, 90), kafka(310, 310), [acknowledged(210), consumed(220)]);
    expect(counts).toMatchObject([{ broker: 210, consumed: 210, committed: { 'order-workers': 210 } }]);
  });

  it('that are left at the end are missing at the commit', () => {
    const counts = topicCounts(kafka(100, 100), kafka(310, 300), [acknowledged(210), consumed(200)]);
    expect(counts).toMatchObject([{ broker: 210, consumed: 200, committed: { 'order-workers': 200 } }]);
  });

  it('of a topic and a group that are new count from the beginning', () => {
    const counts = topicCounts({ topics: {}, groups: {} }, kafka(210, 210), [acknowledged(210)]);
    expect(counts).toMatchObject([{ broker: 210, committed: { 'order-workers': 210 } }]);
  });

  it('have no stage where nothing counts it: somebody else target', () => {
    expect(topicCounts(kafka(0, undefined), kafka(5, undefined), [])).toEqual([
      { topic: 'orders', broker: 5, committed: {} },
    ]);
  });
});

describe('reading counters', () => {
  it('keeps what answers and notes what does not', async () => {
    const counters = await gatherCounters({
      kafka: () => Promise.reject(new Error('Kafka gives no answer')),
      statsd: async () => 'k6_http_reqs{name="a"} 3\nk6_x_bucket{le="1"} 2\nstatsd_exporter_events_total 9\n',
      now: () => 7,
    });
    expect(counters).toEqual({
      atMs: 7,
      kafka: undefined,
      statsd: [{ name: 'k6_http_reqs', labels: { name: 'a' }, value: 3 }],
      notes: ['Kafka gives no answer'],
    });
  });
});
