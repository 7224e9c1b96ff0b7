import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../src/prometheus/exposition.ts';
import { type LiveFigures, type Progress, progressLine, totalLag } from '../../src/run/progress.ts';

const progress: Progress = {
  elapsedMs: 42_000,
  iterations: 4200,
  requests: 4200,
  failedRequests: 3,
  checksFailed: 0,
  vus: 50,
  dropped: 0,
  p95Ms: 12.4,
  series: 12,
  lostSamples: 0,
};
const figures: LiveFigures = {
  scenario: 'orders',
  elapsedMs: 42_500,
  totalMs: 135_000,
  progress,
  iterationRate: 99.6,
  lag: 17,
};

describe('the live line', () => {
  it('at 80 columns', () => {
    expect(progressLine(figures, 80)).toBe(
      'orders  00:42/02:15  ██████░░░░░░░░░░░░░  100 it/s  p95 12 ms  errors 3  lag 17',
    );
  });

  it('at 120 columns has a longer bar', () => {
    expect(progressLine(figures, 120)).toBe(
      'orders  00:42/02:15  █████████░░░░░░░░░░░░░░░░░░░░░  100 it/s  p95 12 ms  errors 3  lag 17',
    );
  });

  it.each([40, 60, 79, 80, 100, 120, 200])('never wraps at %s columns, however much there is to say', (columns) => {
    const much = {
      ...figures,
      scenario: 'a-scenario-with-quite-a-long-name-indeed',
      elapsedMs: 3_723_000,
      progress: { ...progress, dropped: 123_456, lostSamples: 98_765, p95Ms: 12_345 },
      lag: 12_345_678,
    };
    expect(progressLine(much, columns).length).toBeLessThan(columns);
  });

  it('says so when the generator falls behind or samples are lost', () => {
    const line = progressLine({ ...figures, progress: { ...progress, dropped: 7, lostSamples: 2 } }, 120);
    expect(line).toMatch(/dropped 7 {2}lost 2$/);
  });

  it('waits for k6 before its first figures, and has no bar beyond the end', () => {
    const line = progressLine({ scenario: 'smoke', elapsedMs: 99_000, totalMs: 20_000 }, 80);
    expect(line).toMatch(/^smoke {2}01:39\/00:20 {2}█+ {2}waiting for k6$/);
  });
});

describe('the lag', () => {
  it("is summed over groups and partitions; kafka-exporter's -1 for an unknown one counts as none", () => {
    const text = [
      'kafka_consumergroup_lag{consumergroup="a",partition="0",topic="orders"} 5',
      'kafka_consumergroup_lag{consumergroup="a",partition="1",topic="orders"} -1',
      'kafka_consumergroup_lag{consumergroup="b",partition="0",topic="payments"} 2',
      'kafka_consumergroup_lag_sum{consumergroup="a",topic="orders"} 5',
      '',
    ].join('\n');
    expect(totalLag(parseExposition(text))).toBe(7);
  });
});
