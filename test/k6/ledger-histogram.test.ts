// The ledger's histograms, written by images/k6 in Go, read with hdr-histogram-js as the snapshot does.
import { readFileSync } from 'node:fs';
import { build, decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';

interface GoldenHistogram {
  readonly name: string;
  readonly histogram: string;
  readonly scale: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
  readonly p999: number;
  readonly mean: number;
}

const golden: readonly GoldenHistogram[] = JSON.parse(
  readFileSync(new URL('../../images/k6/internal/ledger/testdata/histograms.json', import.meta.url), 'utf8'),
);

describe('a histogram in the run ledger', () => {
  it.each(golden)('$name: hdr-histogram-js reads what Go wrote', (expected) => {
    const histogram = decodeFromCompressedBase64(expected.histogram);

    expect(histogram.totalCount).toBe(expected.count);
    expect(histogram.numberOfSignificantValueDigits).toBe(3);
    if (expected.count === 0) return;
    expect(histogram.getValueAtPercentile(50)).toBe(expected.p50);
    expect(histogram.getValueAtPercentile(95)).toBe(expected.p95);
    expect(histogram.getValueAtPercentile(99.9)).toBe(expected.p999);
    expect(histogram.getValueAtPercentile(100)).toBe(expected.max);
    expect(Math.abs(histogram.mean - expected.mean)).toBeLessThanOrEqual(expected.mean * 1e-6);
  });

  it('merges with others of a different range', () => {
    const merged = build({ numberOfSignificantValueDigits: 3, autoResize: true, bitBucketSize: 64 });
    for (const { histogram } of golden) merged.add(decodeFromCompressedBase64(histogram));

    expect(merged.totalCount).toBe(golden.reduce((sum, { count }) => sum + count, 0));
    const greatest = golden.find(({ name }) => name === 'bytes');
    expect(merged.getValueAtPercentile(100)).toBe(greatest?.max);
  });
});
