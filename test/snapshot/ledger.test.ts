// The run ledger: exact sums per tag, and quantiles from merged histograms.
import { describe, expect, it } from 'vitest';
import { groupLedger, ledgerValues, mergeDistributions, parseLedger } from '../../src/snapshot/ledger.ts';
import { histogramOf, ledger, ramp } from './sample.ts';

describe('grouping', () => {
  it('sums series by the asked tags', () => {
    const groups = groupLedger(ledger, 'http_reqs', ['name']);
    expect(groups.map(({ labels, count, sum }) => [labels, count, sum])).toEqual([
      [{ name: 'GET /products' }, 70, 70],
      [{ name: 'POST /orders' }, 210, 210],
    ]);
  });

  it('leaves out series that lack a tag, as the queries of the catalogue do', () => {
    expect(groupLedger(ledger, 'iterations', ['name'])).toEqual([]);
    expect(groupLedger(ledger, 'iterations', ['scenario'])).toHaveLength(1);
  });
});

describe('quantiles', () => {
  it('come from the merged histogram, never from averaged quantiles', () => {
    const value = (statistic: 'p50' | 'p95' | 'p99') =>
      ledgerValues(ledger, { metric: 'http_req_duration', statistic }, ['name'], 14).find(
        ({ labels }) => labels.name === 'POST /orders',
      )?.value ?? 0;
    // 1..207 ms and 1, 2, 3 s: the 105th, 200th and 208th of 210 samples
    expect(value('p50')).toBeCloseTo(105, 0);
    expect(value('p95') / 200).toBeCloseTo(1, 3);
    expect(value('p99') / 1000).toBeCloseTo(1, 3);
  });

  it('never exceed what was seen', () => {
    const [only] = ledgerValues(ledger, { metric: 'http_req_duration', statistic: 'p99' }, [], 14);
    expect(only?.value).toBeLessThanOrEqual(3000);
  });

  it('merge to the same as one histogram of all samples', () => {
    const merged = mergeDistributions([
      { histogram: histogramOf(ramp(5000, 0.1)), histogramScale: 1000 },
      { histogram: histogramOf(ramp(300, 7)), histogramScale: 1000 },
    ]);
    const whole = mergeDistributions([
      { histogram: histogramOf([...ramp(5000, 0.1), ...ramp(300, 7)]), histogramScale: 1000 },
    ]);
    expect(merged?.count).toBe(5300);
    for (const q of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) expect(merged?.quantile(q)).toBe(whole?.quantile(q));
  });

  it('are not there without histograms, and refuse different scales', () => {
    expect(mergeDistributions([{}])).toBeUndefined();
    const histogram = histogramOf([1]);
    expect(() =>
      mergeDistributions([
        { histogram, histogramScale: 1 },
        { histogram, histogramScale: 1000 },
      ]),
    ).toThrow(RangeError);
  });
});

describe('statistics', () => {
  it.each([
    [{ metric: 'http_reqs', statistic: 'sum' }, [70, 210]],
    [{ metric: 'http_reqs', statistic: 'rate' }, [5, 15]],
    [{ metric: 'http_req_failed', statistic: 'ratio' }, [0, 3 / 210]],
    [{ metric: 'http_req_duration', statistic: 'count' }, [70, 210]],
    [{ metric: 'http_req_duration', statistic: 'max', scale: 0.001 }, [0.035, 3]],
    [{ metric: 'http_req_duration', statistic: 'mean' }, [17.75, (207 * 104 + 6000) / 210]],
  ] as const)('%j', (value, expected) => {
    const found = ledgerValues(ledger, value, ['name'], 14).map((one) => one.value);
    expect(found).toHaveLength(expected.length);
    for (const [at, one] of found.entries()) expect(one).toBeCloseTo(expected[at] ?? Number.NaN, 9);
  });

  it('a gauge with several tag sets has no last value', () => {
    const [only] = ledgerValues(ledger, { metric: 'vus', statistic: 'last' }, [], 14);
    expect(only?.value).toBe(5);
    const twice = { ...ledger, series: [...ledger.series, ...ledger.series] };
    expect(ledgerValues(twice, { metric: 'vus', statistic: 'last' }, [], 14)).toEqual([]);
  });
});

describe('reading', () => {
  it('accepts what it does not know, for the output may say more', () => {
    const text = JSON.stringify({ ...ledger, statsd: { ...ledger.statsd, latePushes: 3 } });
    expect(parseLedger(text, 'ledger.json').k6).toBe('2.2.0');
  });

  it.each([
    ['half a file', JSON.stringify(ledger).slice(0, 500), 'LEDGER_DAMAGED'],
    ['a negative count', JSON.stringify({ ...ledger, series: [{ ...ledger.series[0], count: -1 }] }), 'LEDGER_DAMAGED'],
    ['another version', JSON.stringify({ ...ledger, schema: 2 }), 'LEDGER_SCHEMA'],
    ['something else', '[]', 'LEDGER_DAMAGED'],
  ])('%s is a fault that names the file', (_, text, code) => {
    const read = () => parseLedger(text, '/runs/x/ledger.json');
    expect(read).toThrow(expect.objectContaining({ code, message: expect.stringContaining('/runs/x/ledger.json') }));
  });
});
