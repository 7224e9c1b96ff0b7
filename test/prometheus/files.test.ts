// The files that Prometheus and statsd-exporter read.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../../prometheus/catalogue.ts';
import { renderRules } from '../../prometheus/rules.ts';
import {
  coarseBuckets,
  customBuckets,
  fineBuckets,
  fineFactor,
  renderStatsdMapping,
  seriesPerHttpTagSet,
} from '../../prometheus/statsd-mapping.ts';

describe('the StatsD mapping', () => {
  it('is what it was', async () => {
    await expect(renderStatsdMapping()).toMatchFileSnapshot('golden/statsd-mapping.yaml');
  });

  it('makes histograms and never summaries, which cannot be merged', () => {
    expect(renderStatsdMapping()).not.toMatch(/summary|quantile/);
    expect(parse(renderStatsdMapping()).defaults.observer_type).toBe('histogram');
  });

  it.each([
    ['fine', fineBuckets],
    ['coarse', coarseBuckets],
    ['custom', customBuckets],
  ])('has %s bounds that only grow', (_, bounds) => {
    expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
  });

  it('gives a quantile between 1 ms and 10 s within 5 %', () => {
    const read = fineBuckets.filter((bound) => bound >= 0.001 && bound <= 10);
    expect([read[0], read.at(-1)]).toEqual([0.001, 10]);
    const factors = read.slice(1).map((bound, i) => bound / (read[i] ?? Number.NaN));
    expect(Math.max(...factors)).toBeLessThanOrEqual(fineFactor);
  });

  it('stays under 5,000 series with the tag sets of the orders scenario', () => {
    // three in its setup, four APIs in warm-up and in load, each of them failing in one way under load; 600 of everything else
    expect((3 + 4 * 2 + 4) * seriesPerHttpTagSet + 600).toBeLessThan(5_000);
  });

  it('is fine where the catalogue reads a quantile of k6', () => {
    const quantiles = catalogue.filter(
      ({ source, series }) => source === 'k6' && series.includes('histogram_quantile'),
    );
    const names = new Set(quantiles.flatMap(({ series }) => series.match(/k6_\w+(?=_bucket)/g) ?? []));
    const mappings: readonly { name: string; histogram_options?: { buckets: readonly number[] } }[] = parse(
      renderStatsdMapping(),
    ).mappings;
    const fine = mappings.filter(({ histogram_options }) => histogram_options?.buckets.length === fineBuckets.length);
    expect([...names].filter((name) => !fine.some((mapping) => mapping.name === name))).toEqual([]);
  });
});

describe('the rule file', () => {
  it('is valid without a rule', () => {
    expect(parse(renderRules())).toEqual({ groups: [] });
  });

  it('holds the rules in one group', () => {
    const rule = { record: 'topic:x:rate', expr: 'sum by (topic) (rate(x[1m]))' };
    expect(parse(renderRules([rule]))).toEqual({ groups: [{ name: 'lab', rules: [rule] }] });
  });
});
