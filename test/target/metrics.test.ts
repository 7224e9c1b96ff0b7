// Bucket borders of the histograms.
import { expect, it } from 'vitest';
import { buckets } from '../../target/src/metrics.ts';

it('cover the whole range, each border larger than the one before by no more than the factor', () => {
  const borders = buckets(0.0005, 60, 1.1);
  expect(borders[0]).toBe(0.0005);
  expect(borders.at(-1)).toBeGreaterThanOrEqual(60);
  const ratios = borders.slice(1).map((border, i) => border / (borders[i] ?? Number.NaN));
  expect(Math.min(...ratios)).toBeGreaterThan(1);
  // borders are rounded to three digits
  expect(Math.max(...ratios)).toBeLessThan(1.11);
});
