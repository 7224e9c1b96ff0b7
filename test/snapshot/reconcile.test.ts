// Do the sums close? Loss at each stage is found with its size and place.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { summaryMetrics } from '../../src/snapshot/k6-summary.ts';
import { type Evidence, type Reconciliation, reconcile, row, unescapeTag } from '../../src/snapshot/reconcile.ts';
import { renderReconciliation } from '../../src/snapshot/render.ts';
import { ledger, summary, testid, topics, wire, wireWith } from './sample.ts';

const evidence = {
  ledger,
  summary: summaryMetrics(summary) ?? new Map(),
  statsd: wire,
  prometheus: wire,
  topics,
  notes: [],
} satisfies Evidence;

const openRows = ({ rows }: Reconciliation) => rows.filter(({ closes }) => !closes);
const rowOf = ({ rows }: Reconciliation, what: string, key = '') =>
  rows.find((one) => one.what === what && one.key === key);

const golden = (text: string, name: string) =>
  expect(text).toMatchFileSnapshot(path.join(import.meta.dirname, 'golden', name));

describe('a run without loss', () => {
  const whole = reconcile(evidence);

  it('closes at every stage', () => {
    expect(openRows(whole)).toEqual([]);
    expect(whole.closes).toBe(true);
    expect(rowOf(whole, 'requests')?.stages).toEqual([
      { name: 'k6 ledger', value: 280 },
      { name: 'k6 summary', value: 280 },
      { name: 'statsd-exporter', value: 280 },
      { name: 'Prometheus', value: 280 },
    ]);
    expect(rowOf(whole, 'messages', 'orders')?.stages.map(({ name }) => name)).toEqual([
      'acknowledged',
      'in the broker',
      'consumed',
      'committed by order-workers',
    ]);
  });

  it("takes k6's own count per API where a threshold put it into the summary", () => {
    expect(rowOf(whole, 'requests', 'POST /orders')?.stages).toContainEqual({ name: 'k6 summary', value: 210 });
    expect(rowOf(whole, 'requests', 'GET /products')?.stages.map(({ name }) => name)).not.toContain('k6 summary');
  });

  it('counts checks apart, rates twice, Trends by their samples, and gauges not at all', () => {
    expect(whole.rows.map(({ what, key, stages }) => [what, key, stages[0]?.value])).toEqual([
      ['requests', 'GET /products', 70],
      ['requests', 'POST /orders', 210],
      ['requests', '', 280],
      ['checks', 'passed', 207],
      ['checks', 'failed', 3],
      ['data_sent', '', 67_200],
      ['http_req_duration', 'samples', 280],
      ['http_req_failed', 'true', 3],
      ['http_req_failed', 'samples', 280],
      ['iterations', '', 70],
      ['messages', 'order-events', 207],
      ['messages', 'orders', 207],
    ]);
  });

  it.each([80, 120])('is rendered within %i columns', async (columns) => {
    const text = renderReconciliation(whole, columns);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    await golden(text, `closes-${columns}.txt`);
  });
});

const lossOf = (change: Partial<Evidence>, what: string, key = '') =>
  rowOf(reconcile({ ...evidence, ...change }), what, key)?.loss;
const minusThree = wireWith('k6_http_reqs', ({ labels, value }) => (labels.status === '202' ? value - 3 : value));
const topicWith = (change: Partial<Evidence['topics'][number]>): Pick<Evidence, 'topics'> => ({
  topics: topics.map((one) => (one.topic === 'orders' ? { ...one, ...change } : one)),
});

describe('loss', () => {
  it('between k6 and statsd-exporter', () => {
    const change = { statsd: minusThree, prometheus: minusThree };
    expect(lossOf(change, 'requests', 'POST /orders')).toEqual({ at: 'statsd-exporter', amount: 3, share: 3 / 210 });
    expect(lossOf(change, 'requests', 'GET /products')).toBeUndefined();
    expect(reconcile({ ...evidence, ...change }).closes).toBe(false);
  });

  it('between statsd-exporter and Prometheus', () => {
    expect(lossOf({ prometheus: minusThree }, 'requests', 'POST /orders')).toMatchObject({
      at: 'Prometheus',
      amount: 3,
    });
  });

  it("between the ledger and k6's summary", () => {
    const less = summaryMetrics({ metrics: { ...summary.metrics, iterations: { count: 69 } } }) ?? new Map();
    expect(lossOf({ summary: less }, 'iterations')).toMatchObject({ at: 'k6 summary', amount: 1 });
  });

  it('of a whole API on the wire: missing counts as zero', () => {
    const without = wire.filter(({ labels }) => !('name' in labels) || labels.name !== 'GET /products');
    const change = { statsd: without, prometheus: without };
    expect(lossOf(change, 'requests', 'GET /products')).toEqual({ at: 'statsd-exporter', amount: 70, share: 1 });
  });

  it.each([
    ['after the acknowledgement', { broker: 205 }, { at: 'in the broker', amount: 2 }],
    ['between broker and worker', { consumed: 200 }, { at: 'consumed', amount: 7 }],
    ['before the commit', { committed: { 'order-workers': 206 } }, { at: 'committed by order-workers', amount: 1 }],
    ['as a surplus: delivered twice', { consumed: 210 }, { at: 'consumed', amount: -3 }],
  ])('of messages %s', (_, change, loss) => {
    expect(lossOf(topicWith(change), 'messages', 'orders')).toMatchObject(loss);
  });

  it('is rendered with its size and place', async () => {
    const lossy = reconcile({
      ...evidence,
      ...topicWith({ consumed: 210 }),
      ledger: { ...ledger, statsd: { ...ledger.statsd, lost: { payloads: 1, samples: 3, lastError: 'EAGAIN' } } },
      statsd: minusThree,
      prometheus: minusThree,
    });
    await golden(renderReconciliation(lossy, 80), 'loss-80.txt');
    await golden(renderReconciliation(lossy, 120, { all: true }), 'loss-all-120.txt');
  });
});

describe('with a k6 image that is not ours', () => {
  const { ledger: _, ...foreign } = evidence;

  it('compares what is left, and says what is not', async () => {
    const result = reconcile(foreign);
    expect(result.closes).toBe(true);
    expect(rowOf(result, 'requests', 'POST /orders')?.stages.map(({ name }) => name)).toEqual([
      'k6 summary',
      'statsd-exporter',
      'Prometheus',
    ]);
    expect(result.notes.join()).toContain('no ledger');
    await golden(renderReconciliation(result, 80), 'no-ledger-80.txt');
  });

  it('sees the loss of the documented UDP path in the total', () => {
    const lossy = wireWith('k6_http_reqs', ({ value }) => Math.floor(value * 0.9));
    const result = reconcile({ ...foreign, statsd: lossy, prometheus: lossy });
    expect(rowOf(result, 'requests')?.loss).toMatchObject({ at: 'statsd-exporter', amount: 29 });
  });

  it('has only a total when the tags are off', () => {
    const untagged = [{ name: 'k6_http_reqs', labels: {}, value: 280 }];
    const result = reconcile({ ...foreign, statsd: untagged, prometheus: untagged, topics: [] });
    expect(result.rows.filter(({ what }) => what === 'requests')).toEqual([
      {
        what: 'requests',
        key: '',
        closes: true,
        stages: [
          { name: 'k6 summary', value: 280 },
          { name: 'statsd-exporter', value: 280 },
          { name: 'Prometheus', value: 280 },
        ],
      },
    ]);
  });
});

describe('what could not be read', () => {
  it('is a note, not a loss', () => {
    const { prometheus: _, statsd: __, ...left } = evidence;
    const result = reconcile(left);
    expect(result.closes).toBe(true);
    expect(result.notes).toEqual(['statsd-exporter could not be read', 'Prometheus could not be read']);
  });

  it('metrics that were kept off the wire on purpose are not compared there', () => {
    const without = wire.filter(({ name }) => name !== 'k6_data_sent');
    const blocked = { ...ledger, statsd: { ...ledger.statsd, blockedSamples: 140 } };
    const result = reconcile({ ...evidence, ledger: blocked, statsd: without, prometheus: without });
    expect(result.closes).toBe(true);
    expect(result.notes).toContain('kept off the wire on purpose: data_sent');
    const lost = { ...ledger, statsd: { ...ledger.statsd, blockedSamples: 139 } };
    expect(reconcile({ ...evidence, ledger: lost, statsd: without, prometheus: without }).closes).toBe(false);
  });
});

describe('names on the wire', () => {
  it.each([
    ['POST /orders', 'POST /orders'],
    ['a%2Cb%7Cc', 'a,b|c'],
    ['100% ok', '100% ok'],
    ['100% ok%2C really', '100% ok, really'],
    ['%C3%A9t%C3%A9', 'été'],
    ['%2541', '%41'],
  ])('%s was %s', (escaped, plain) => {
    expect(unescapeTag(escaped)).toBe(plain);
  });

  it('are compared unescaped', () => {
    const odd = {
      ...ledger,
      series: [{ ...ledger.series[7], metric: 'http_reqs', tags: { name: 'GET /a,b', testid } }],
    };
    const sent = [{ name: 'k6_http_reqs', labels: { name: 'GET /a%2Cb' }, value: 70 }];
    const result = reconcile({
      ledger: odd as typeof ledger,
      statsd: sent,
      prometheus: sent,
      topics: [],
      notes: [],
    });
    expect(rowOf(result, 'requests', 'GET /a,b')?.closes).toBe(true);
  });
});

describe('a row', () => {
  it('tolerates another order of adding fractions, not one count more or less', () => {
    const fractions = [0.1 + 0.2, 0.3].map((value, at) => ({ name: String(at), value }));
    expect(row('x', '', fractions).closes).toBe(true);
    const big = [10_000_000, 9_999_999].map((value, at) => ({ name: String(at), value }));
    expect(row('x', '', big).closes).toBe(false);
  });
});
