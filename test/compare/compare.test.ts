// Two sides, metric by metric: columns, ratio or difference, and what should keep one from believing it.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareSides, environmentDifferences, type Side } from '../../src/compare/compare.ts';
import { renderComparison } from '../../src/compare/table.ts';
import type { Aggregates, Manifest } from '../../src/snapshot/format.ts';
import { aggregates, manifest } from '../snapshot/sample.ts';

const whole = (change: Partial<Manifest> = {}): Manifest => ({ ...manifest, files: [], ...change });
const sideOf = (name: string, metrics: Aggregates['metrics'], change: Partial<Manifest> = {}): Side => ({
  name,
  runs: [{ manifest: whole(change), aggregates: { schema: 1, metrics } }],
});
/** The sample's figures with those of one metric changed. */
const changed = (id: string, change: (value: number) => number | null): Aggregates['metrics'] =>
  aggregates.metrics.map((metric) =>
    metric.id === id
      ? { ...metric, values: metric.values.map((one) => ({ ...one, value: change(one.value ?? 0) })) }
      : metric,
  );

const base = sideOf('baseline', aggregates.metrics);
const slower = sideOf(
  'candidate',
  changed('http_latency_p95', (value) => value * 1.1),
  { id: 'other', label: 'candidate' },
);
const rowOf = (side: Side, id: string, name: string) =>
  compareSides(base, side).rows.find(({ metric, labels }) => metric.id === id && Object.values(labels).includes(name));

describe('a row', () => {
  it('has both figures and their ratio', () => {
    const row = rowOf(slower, 'http_latency_p95', 'POST /orders');
    expect(row).toMatchObject({ a: 0.2, metric: { better: 'lower', gate: true } });
    expect(row?.ratio).toBeCloseTo(1.1, 12);
    expect(row?.difference).toBeCloseTo(0.02, 12);
  });

  it('has no ratio where the catalogue says difference, or where there is nothing to divide by', () => {
    const failing = sideOf(
      'failing',
      changed('http_failure_ratio', () => 0.01),
    );
    expect(rowOf(failing, 'http_failure_ratio', 'GET /products')).toMatchObject({
      a: 0,
      b: 0.01,
      ratio: undefined,
      difference: 0.01,
    });
    const idle = compareSides(
      sideOf(
        'idle',
        changed('http_request_rate', () => 0),
      ),
      base,
    );
    expect(idle.rows[0]).toMatchObject({ a: 0, b: 5, ratio: undefined, difference: 5 });
  });

  it('keeps what only one side has', () => {
    const without = sideOf('without', aggregates.metrics.slice(1));
    expect(compareSides(base, without).rows[0]).toMatchObject({ a: 5, b: undefined, ratio: undefined });
    expect(compareSides(without, base).rows.at(-1)).toMatchObject({ a: undefined, b: 15, ratio: undefined });
    const unknown = sideOf(
      'unknown',
      changed('http_latency_p95', () => null),
    );
    expect(rowOf(unknown, 'http_latency_p95', 'POST /orders')).toMatchObject({ a: 0.2, b: undefined });
  });

  it('pairs label sets whatever the order of their labels', () => {
    const [metric] = aggregates.metrics.filter(({ id }) => id === 'consumer_lag_max');
    if (!metric) throw new Error('the sample has no lag');
    const turned = [
      { ...metric, values: [{ labels: { topic: 'orders', consumergroup: 'order-workers' }, value: 24 }] },
    ];
    const { rows } = compareSides(sideOf('a', [metric]), sideOf('b', turned));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ a: 12, b: 24, difference: 12 });
  });
});

describe('what to know before believing it', () => {
  it('the environments differ', () => {
    const other = whole({
      configHash: '0'.repeat(64),
      images: [{ name: 'kafka', reference: 'apache/kafka:4.1.2', id: `sha256:${'b'.repeat(64)}`, source: 'pulled' }],
      git: null,
    });
    expect(environmentDifferences(whole(), other)).toEqual([
      { what: 'configuration', a: 'ffffffffffff', b: '000000000000' },
      { what: 'checkout', a: '0123456789ab', b: 'none' },
      { what: 'image kafka', a: 'aaaaaaaaaaaa', b: 'bbbbbbbbbbbb' },
    ]);
    expect(environmentDifferences(whole(), whole())).toEqual([]);
  });

  it('the scenarios differ, a run is not to be trusted, or both sides are one run', () => {
    const run = { ...manifest.run, scenario: { name: 'orders', file: 'x', options: {} } } as Manifest['run'];
    const trust: Manifest['trust'] = [{ code: 'SAMPLES_LOST', level: 'error', message: '3 samples lost' }];
    const { warnings } = compareSides(base, sideOf('b', aggregates.metrics, { id: 'other', run, trust }));
    expect(warnings.map(({ code }) => code)).toEqual(['COMPARE_SCENARIOS', 'SAMPLES_LOST']);
    expect(compareSides(base, base).warnings.map(({ code }) => code)).toEqual(['COMPARE_SAME']);
  });
});

describe('the table', () => {
  it.each([80, 120])('fits %i columns', async (columns) => {
    const text = renderComparison(compareSides(base, slower), columns);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    await expect(text).toMatchFileSnapshot(path.join(import.meta.dirname, 'golden', `table-${columns}.txt`));
  });

  it('leaves out what is zero on both sides, unless asked', () => {
    const comparison = compareSides(base, base);
    expect(renderComparison(comparison, 80)).toContain('1 rows are zero on both sides');
    expect(renderComparison(comparison, 80, { all: true })).not.toContain('zero on both sides');
  });
});
