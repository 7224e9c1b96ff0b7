// What a worker reports of a message, and when it counts as consumed.
import { beforeEach, expect, it } from 'vitest';
import { encode, type OutgoingMessage } from '../../target/src/messages.ts';
import { type WorkerMetrics, workerMetrics } from '../../target/src/metrics.ts';
import { publisher } from '../../target/src/publisher.ts';

let metrics: WorkerMetrics;
let sent: OutgoingMessage[];
let send: (message: OutgoingMessage) => Promise<void>;

beforeEach(() => {
  metrics = workerMetrics(['orders', 'payments'], 'order-events', () => 0);
  sent = [];
  send = async (message) => {
    sent.push(message);
  };
});

const process = (topic: string, value: Buffer) =>
  publisher({ send, metrics, worker: 'worker-1', nowUs: () => 5_000_000, newId: () => 'event-1' })({
    topic,
    partition: 0,
    offset: 0n,
    generation: 1,
    value,
  });

const payment = encode({
  messageId: 'm-1',
  producedAtUs: 4_980_000,
  orderId: 'o-1',
  amountCents: 5,
  method: 'card',
});

async function series(name: string, topic: string): Promise<number | undefined> {
  const metric = await metrics.registry.getSingleMetric(name)?.get();
  return metric?.values.find(({ labels, ...rest }) => {
    const inner = (rest as { metricName?: string }).metricName;
    return labels.topic === topic && (inner === undefined || inner.endsWith('_sum'));
  })?.value;
}

it('reports a message as an event about it, on the same key', async () => {
  await process('payments', payment);
  expect(sent.map(({ topic, key }) => [topic, key])).toEqual([['order-events', 'o-1']]);
  expect(JSON.parse(sent[0]?.value.toString() ?? '')).toEqual({
    messageId: 'event-1',
    producedAtUs: 5_000_000,
    type: 'payment-settled',
    orderId: 'o-1',
    causeId: 'm-1',
    worker: 'worker-1',
  });
});

it('counts it once the event is acknowledged, with the time since it was produced', async () => {
  await process('payments', payment);
  expect(await series('target_messages_consumed_total', 'payments')).toBe(1);
  expect(await series('target_messages_acknowledged_total', 'order-events')).toBe(1);
  expect(await series('target_end_to_end_latency_seconds', 'payments')).toBeCloseTo(0.02, 9);
});

it('does not count what has no event', async () => {
  send = async () => {
    throw new Error('no broker');
  };
  await expect(process('orders', payment)).rejects.toThrow('no broker');
  expect(await series('target_messages_consumed_total', 'orders')).toBe(0);
  expect(await series('target_messages_acknowledged_total', 'order-events')).toBe(0);
  expect(await series('target_produce_errors_total', 'order-events')).toBe(1);
});

it('consumes what is not an order, says so, and reports nothing', async () => {
  await process('orders', Buffer.from('from elsewhere'));
  expect(sent).toEqual([]);
  expect(await series('target_messages_consumed_total', 'orders')).toBe(1);
  expect(await series('target_messages_invalid_total', 'orders')).toBe(1);
});
