// Collects messages into batches: one batch under way at a time, what arrives meanwhile goes out with the next one.
//
// One at a time keeps the order of messages, and the sequence numbers of an idempotent producer, simple: a batch that
// is sent again cannot overtake another. The broker's answer takes about a millisecond, so batches are as large as the
// traffic of that millisecond, and an idle gateway sends a message at once.
import type { OutgoingMessage } from './messages.ts';

/** Outcome of each message of a batch, in order: undefined when it was acknowledged. */
export type Delivery = readonly (Error | undefined)[];

export interface Batcher {
  /** Resolves when the broker has acknowledged the message; rejects when it has not, and will not be asked again. */
  send(message: OutgoingMessage): Promise<void>;
  /** messages handed in and not yet settled */
  pending(): number;
  /** Resolves when nothing is pending. */
  drained(): Promise<void>;
}

export interface BatcherOptions {
  /** Sends one batch. A rejection counts for every message of it. */
  readonly deliver: (batch: readonly OutgoingMessage[]) => Promise<Delivery>;
  /** how long the first message of a batch waits for others; 0: until the end of this turn of the event loop */
  readonly lingerMs: number;
  /** a batch is closed before it exceeds this, unless one message alone does */
  readonly batchBytes: number;
}

interface Entry {
  readonly message: OutgoingMessage;
  readonly acknowledged: () => void;
  readonly failed: (error: Error) => void;
}

/** A batcher in front of a producer. */
export function createBatcher({ deliver, lingerMs, batchBytes }: BatcherOptions): Batcher {
  let waiting: Entry[] = [];
  let waitingBytes = 0;
  let inBatch = 0;
  let linger: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let onDrained: (() => void)[] = [];

  function schedule(): void {
    if (inBatch > 0 || waiting.length === 0) return;
    if (lingerMs === 0 || waitingBytes >= batchBytes) turn ??= setImmediate(flush);
    else linger ??= setTimeout(flush, lingerMs);
  }

  function flush(): void {
    clearTimeout(linger);
    if (turn) clearImmediate(turn);
    linger = undefined;
    turn = undefined;
    const batch = nextBatch();
    if (batch.length > 0) void run(batch);
  }

  function nextBatch(): readonly Entry[] {
    let bytes = 0;
    let count = 0;
    for (const { message } of waiting) {
      bytes += message.value.length;
      if (count > 0 && bytes > batchBytes) {
        bytes -= message.value.length;
        break;
      }
      count++;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    return batch;
  }

  async function run(batch: readonly Entry[]): Promise<void> {
    inBatch = batch.length;
    let outcome: Delivery;
    try {
      outcome = await deliver(batch.map((entry) => entry.message));
    } catch (error) {
      outcome = batch.map(() => (error instanceof Error ? error : new Error(String(error))));
    }
    inBatch = 0;
    batch.forEach((entry, i) => {
      const error = outcome[i];
      if (error) entry.failed(error);
      else entry.acknowledged();
    });
    if (waiting.length > 0) return schedule();
    const listeners = onDrained;
    onDrained = [];
    for (const listener of listeners) listener();
  }

  const pending = (): number => waiting.length + inBatch;

  return {
    pending,
    send: (message) =>
      new Promise((acknowledged, failed) => {
        waiting.push({ message, acknowledged, failed });
        waitingBytes += message.value.length;
        schedule();
      }),
    drained: () => (pending() === 0 ? Promise.resolve() : new Promise((resolve) => onDrained.push(resolve))),
  };
}
