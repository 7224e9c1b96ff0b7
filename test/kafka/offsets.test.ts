// Lag as arithmetic on positions, and the client library's timers.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import '../../src/kafka/connection.ts';
import { lag } from '../../src/kafka/offsets.ts';

describe('lag', () => {
  it('is the distance to the end, summed over partitions, for the topics that the group commits', () => {
    const topics = {
      orders: { 0: { low: 0, end: 100 }, 1: { low: 0, end: 50 } },
      payments: { 0: { low: 0, end: 9 } },
    };
    expect(lag(topics, { orders: { 0: 90, 1: 50 } })).toEqual({ orders: 10 });
  });

  it('counts a partition without a commit from its first message, not from zero', () => {
    expect(lag({ orders: { 0: { low: 40, end: 100 }, 1: { low: 0, end: 5 } } }, { orders: { 1: 5 } })).toEqual({
      orders: 60,
    });
  });

  it('is never negative: the commit may have been read after the end', () => {
    expect(lag({ orders: { 0: { low: 0, end: 100 } } }, { orders: { 0: 101 } })).toEqual({ orders: 0 });
  });
});

describe("the client library's request queue", () => {
  interface Queue {
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    pending: unknown[];
    scheduleCheckPendingRequests: () => void;
  }
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: Queue };
  const queueWith = (pending: unknown[]): Queue =>
    Object.assign(Object.create(prototype) as Queue, { throttledUntil: -1, throttleCheckTimeoutId: null, pending });

  it('arms no timer while nothing is pending', () => {
    const idle = queueWith([]);
    idle.scheduleCheckPendingRequests();
    expect(idle.throttleCheckTimeoutId).toBeNull();
  });

  it('arms one, in the future, while requests are pending', () => {
    const busy = queueWith([{}]);
    busy.scheduleCheckPendingRequests();
    expect(busy.throttleCheckTimeoutId).not.toBeNull();
    clearTimeout(busy.throttleCheckTimeoutId ?? undefined);
  });
});
