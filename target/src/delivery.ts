// Which messages of a failed batch the brokers did take: a batch covers many partitions, and some of them may be fine.
import type { Delivery } from './batcher.ts';
import type { OutgoingMessage } from './messages.ts';

/** A partition of a topic that a broker has answered for. */
export interface Answer {
  readonly topic: string;
  readonly partition: number;
  readonly ok: boolean;
}

/**
 * The outcome of each message of a batch that failed with the client's `error`; `failure` is what to say of those that
 * did not make it.
 * A message is acknowledged when its partition was answered for, and the last answer was yes. Everything else counts
 * as failed, although a broker may have it: a request that got no answer at all has an unknown outcome.
 */
export function partialDelivery(
  error: unknown,
  failure: Error,
  messages: readonly OutgoingMessage[],
  partitionOf: (message: OutgoingMessage) => number | undefined,
): Delivery {
  const taken = new Map(answers(error).map(({ topic, partition, ok }) => [`${topic}:${partition}`, ok]));
  return messages.map((message) => (taken.get(`${message.topic}:${partitionOf(message)}`) ? undefined : failure));
}

/** Every answer that the client's error carries, oldest first: of the attempts that failed, then of other brokers. */
export function answers(error: unknown): readonly Answer[] {
  if (typeof error !== 'object' || error === null) return [];
  const { errors, response, produced } = error as ClientError;
  return [
    ...(Array.isArray(errors) ? errors.flatMap(answers) : []),
    ...(response?.responses ?? []).flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode }) => ({ topic: name, partition: index, ok: errorCode === 0 })),
    ),
    ...(produced?.offsets ?? []).map(({ topic, partition }) => ({ topic, partition, ok: true })),
  ];
}

/** What the Kafka client hangs on its errors: the answer to a produce request, and what other brokers took. */
interface ClientError {
  readonly errors?: unknown;
  readonly response?: {
    readonly responses?: readonly {
      readonly name: string;
      readonly partitionResponses: readonly { readonly index: number; readonly errorCode: number }[];
    }[];
  };
  readonly produced?: { readonly offsets?: readonly { readonly topic: string; readonly partition: number }[] };
}
