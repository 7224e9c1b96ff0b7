import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { apiFigures, renderApis } from '../../src/run/apis.ts';
import type { Ledger } from '../../src/snapshot/ledger.ts';
import { aLedger } from './fixture.ts';

function durations(name: string, valuesMs: readonly number[]): Ledger['series'][number] {
  const histogram = build({ numberOfSignificantValueDigits: 3, autoResize: true });
  for (const ms of valuesMs) histogram.recordValue(ms * 1000);
  return {
    metric: 'http_req_duration',
    tags: { name },
    count: valuesMs.length,
    sum: valuesMs.reduce((a, b) => a + b, 0),
    min: Math.min(...valuesMs),
    max: Math.max(...valuesMs),
    histogram: encodeIntoCompressedBase64(histogram),
    histogramScale: 1000,
  };
}

const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
const ledger = aLedger({ series: [...aLedger().series, durations('POST /orders', hundred)] });

describe('what was measured per API', () => {
  it('is summed over statuses, with latency from the merged histogram', () => {
    const [figures] = apiFigures(ledger);
    expect(figures).toMatchObject({ api: 'POST /orders', requests: 40, perSecond: 2, failed: 10 });
    expect(figures?.p50Ms).toBeCloseTo(50, 0);
    expect(figures?.p99Ms).toBeCloseTo(99, 0);
  });

  it('has no latency where the ledger has no distribution', () => {
    expect(apiFigures(aLedger())).toEqual([{ api: 'POST /orders', requests: 40, perSecond: 2, failed: 10 }]);
  });

  it.each([80, 120])('fits %s columns', async (columns) => {
    const rows = [
      ...apiFigures(ledger),
      { api: 'GET /a/{very}/long/{path}/that/nobody/likes/to/read/twice', requests: 1e6, perSecond: 1234.5, failed: 0 },
    ];
    const text = renderApis(rows, columns);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    await expect(text).toMatchFileSnapshot(`golden/apis-${columns}.txt`);
  });

  it('shows the busiest APIs when there are many, and says how many more there are', () => {
    const many = Array.from({ length: 25 }, (_, i) => ({
      api: `GET /${String(i).padStart(2, '0')}`,
      requests: i,
      perSecond: i,
      failed: 0,
    }));
    const text = renderApis(many, 100);
    expect(text).toContain('GET /24');
    expect(text).not.toContain('GET /04');
    expect(text).toContain('5 more APIs are in the snapshot');
  });
});
