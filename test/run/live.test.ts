import { describe, expect, it } from 'vitest';
import { follow, lagReader } from '../../src/run/live.ts';
import type { Progress } from '../../src/run/progress.ts';
import { atMs } from './fixture.ts';

const idle: Progress = {
  elapsedMs: 1000,
  iterations: 0,
  requests: 3,
  failedRequests: 0,
  checksFailed: 0,
  vus: 0,
  dropped: 0,
  p95Ms: null,
  series: 1,
  lostSamples: 0,
};

/** Follows a run that is looked at once per second for as long as there are readings. */
async function watch(readings: readonly (Progress | undefined)[], isTTY: boolean) {
  let second = 0;
  const printed: string[] = [];
  async function* ticks() {
    for (second = 1; second <= readings.length; second++) yield second;
  }
  const result = await follow({
    scenario: 'smoke',
    startedMs: atMs,
    totalMs: 20_000,
    readProgress: async () => readings[second - 1],
    readLag: async () => 3,
    screen: { stdout: (text) => void printed.push(text), isTTY, columns: 80, now: () => atMs + second * 1000 },
    ticks: ticks(),
  });
  return { result, printed };
}

describe('following a run', () => {
  it('redraws one line on a terminal, and clears it at the end', async () => {
    const { printed } = await watch([idle, { ...idle, elapsedMs: 2000, iterations: 5, vus: 1, p95Ms: 4 }], true);
    expect(printed).toHaveLength(3);
    expect(printed[1]).toContain('\r\u001b[2Ksmoke  00:02/00:20');
    expect(printed[1]).toContain('5.0 it/s  p95 4.0 ms  errors 0  lag 3');
    expect(printed.join('')).not.toContain('\n');
    expect(printed[2]).toBe('\r\u001b[2K');
  });

  it('prints a line every ten seconds elsewhere', async () => {
    const readings = Array.from({ length: 25 }, (_, i) => ({ ...idle, elapsedMs: i * 1000, iterations: i, vus: 1 }));
    const { printed } = await watch(readings, false);
    expect(printed.map((line) => line.slice(0, 20))).toEqual(['smoke  00:10/00:20  ', 'smoke  00:20/00:20  ']);
    expect(printed.join('')).not.toContain('\r');
    for (const line of printed) expect(line.endsWith('lag 3\n')).toBe(true);
  });

  it('remembers until when setup() was at work', async () => {
    const readings = [
      undefined,
      idle,
      { ...idle, elapsedMs: 2000 },
      { ...idle, elapsedMs: 3000, vus: 5 },
      { ...idle, elapsedMs: 4000, iterations: 9 },
    ];
    expect((await watch(readings, true)).result).toMatchObject({ idleMs: 2000, last: { elapsedMs: 4000 } });
  });
});

describe('reading the lag', () => {
  it('gives nothing rather than an error when the exporter does not answer', async () => {
    const refused = lagReader('http://127.0.0.1:9308/metrics', async () => {
      throw new Error('refused');
    });
    const broken = lagReader('http://127.0.0.1:9308/metrics', async () => new Response('', { status: 500 }));
    expect([await refused(), await broken()]).toEqual([undefined, undefined]);
  });
});
