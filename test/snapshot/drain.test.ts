// The drain: it ends when consumers have caught up and a later scrape is in, or says why not.
import { describe, expect, it } from 'vitest';
import type { KafkaPositions } from '../../src/kafka/offsets.ts';
import { type DrainProbes, waitUntilDrained } from '../../src/snapshot/drain.ts';

const positions = (end: number, committed: number, active = true): KafkaPositions => ({
  topics: { orders: { 0: { low: 0, end } } },
  groups: { 'order-workers': { active, committed: { orders: { 0: committed } } } },
});

/** Probes whose clock moves only by the loop's own pauses; each reading is taken from a list, the last one stays. */
function probesOf(
  lagged: readonly (KafkaPositions | Error)[],
  scrapes: (nowMs: number) => Record<string, number>,
): DrainProbes & { readonly elapsed: () => number } {
  let nowMs = 1_000_000;
  let reading = 0;
  return {
    positions: async () => {
      const next = lagged[Math.min(reading++, lagged.length - 1)];
      if (!next || next instanceof Error) throw next;
      return next;
    },
    scrapes: async () => scrapes(nowMs),
    now: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
    },
    elapsed: () => nowMs - 1_000_000,
  };
}

/** Scrapes every five seconds of every job. */
const everyFiveSeconds = (nowMs: number) => {
  const last = Math.floor(nowMs / 5000) * 5000;
  return { statsd: last, kafka: last, gateway: last, worker: last };
};
const before = { kafka: positions(100, 100) };
const limits = { timeoutMs: 60_000 };

describe('the drain', () => {
  it('waits for the lag to go, and then for a scrape that is later', async () => {
    const seen: string[] = [];
    const probes = probesOf([positions(300, 250), positions(300, 290), positions(300, 300)], everyFiveSeconds);
    const result = await waitUntilDrained(before, { ...limits, onProgress: (text) => seen.push(text) }, probes);
    expect(result).toEqual({ drained: true, durationMs: 5000, lag: [], unscraped: [] });
    expect([...new Set(seen)]).toEqual([
      'order-workers is 50 messages behind on orders',
      'order-workers is 10 messages behind on orders',
      'a later scrape of statsd, kafka, gateway, worker',
    ]);
  });

  it('does not take a scrape for later that began before statsd-exporter had worked off what it received', async () => {
    // at 1,000,000 there is a scrape at that very moment: too early
    const probes = probesOf([positions(100, 100)], everyFiveSeconds);
    expect(await waitUntilDrained(before, limits, probes)).toMatchObject({ drained: true, durationMs: 5000 });
  });

  it('gives up at the deadline and names group, topic and size', async () => {
    const result = await waitUntilDrained(before, limits, probesOf([positions(300, 250)], everyFiveSeconds));
    expect(result).toMatchObject({
      drained: false,
      lag: [{ group: 'order-workers', topic: 'orders', messages: 50 }],
      reason: 'after 60 s order-workers is 50 messages behind on orders',
    });
  });

  it('names the jobs that are not scraped any more', async () => {
    const probes = probesOf([positions(1, 1)], (nowMs) => ({ ...everyFiveSeconds(nowMs), worker: 900_000 }));
    expect(await waitUntilDrained(before, limits, probes)).toMatchObject({
      drained: false,
      unscraped: ['worker'],
      reason: 'after 60 s Prometheus has no later scrape of worker',
    });
  });

  it('waits for a group whose members died during the run, not for one that was dead before', async () => {
    const died = probesOf([positions(300, 250, false)], everyFiveSeconds);
    expect(await waitUntilDrained(before, limits, died)).toMatchObject({ drained: false });
    const deadBefore = { kafka: positions(200, 100, false) };
    const dead = probesOf([positions(300, 100, false)], everyFiveSeconds);
    expect(await waitUntilDrained(deadBefore, limits, dead)).toMatchObject({ drained: true });
  });

  it('lives through a service without an answer, and says so if it does not come back', async () => {
    const fault = new Error('Kafka at 127.0.0.1:9092 gives no answer');
    const recovers = probesOf([fault, fault, positions(300, 300)], everyFiveSeconds);
    expect(await waitUntilDrained(before, limits, recovers)).toMatchObject({ drained: true });
    const gone = probesOf([fault], everyFiveSeconds);
    expect(await waitUntilDrained(before, limits, gone)).toMatchObject({
      drained: false,
      reason: 'after 60 s: Kafka at 127.0.0.1:9092 gives no answer',
    });
  });

  it('ends at once on Ctrl-C', async () => {
    const probes = probesOf([positions(300, 250)], everyFiveSeconds);
    const result = await waitUntilDrained(before, { ...limits, signal: AbortSignal.abort() }, probes);
    expect(result).toMatchObject({ drained: false, reason: 'interrupted', durationMs: 0 });
  });
});
