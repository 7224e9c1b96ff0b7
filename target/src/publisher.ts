// What a worker does with a message once the work is done: report it as an order event, and measure it.
import { topicNames } from './config.ts';
import { decodeCommand, encode, type OutgoingMessage } from './messages.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { Incoming } from './processor.ts';

export interface PublisherDeps {
  readonly send: (message: OutgoingMessage) => Promise<void>;
  readonly metrics: Pick<WorkerMetrics, 'acknowledged' | 'consumed' | 'endToEnd' | 'errors' | 'invalid'>;
  readonly worker: string;
  readonly nowUs: () => number;
  readonly newId: () => string;
}

/**
 * Reports a message. It counts as consumed when the broker has its event, so orders and payments consumed are order
 * events acknowledged; bytes that are no order or payment are counted as invalid too, and have no event.
 * @throws when the broker does not take the event
 */
export function publisher({
  send,
  metrics,
  worker,
  nowUs,
  newId,
}: PublisherDeps): (message: Incoming) => Promise<void> {
  return async ({ topic, value }) => {
    const command = decodeCommand(value);
    if (!command) {
      metrics.invalid.inc({ topic });
      metrics.consumed.inc({ topic });
      return;
    }
    const event = encode({
      messageId: newId(),
      producedAtUs: nowUs(),
      type: topic === topicNames.payments ? 'payment-settled' : 'order-confirmed',
      orderId: command.orderId,
      causeId: command.messageId,
      worker,
    });
    try {
      await send({ topic: topicNames.events, key: command.orderId, value: event });
    } catch (error) {
      metrics.errors.inc({ topic: topicNames.events });
      throw error;
    }
    metrics.acknowledged.inc({ topic: topicNames.events });
    metrics.consumed.inc({ topic });
    // two processes of one machine, one clock: below zero only by the clock's own resolution
    metrics.endToEnd.observe({ topic }, Math.max(0, nowUs() - command.producedAtUs) / 1e6);
  };
}
