// The one place that touches the Kafka client library: short-lived admin connections from the host.
//
// kafkajs re-arms a timer per connection for ever, with a negative delay when nothing is throttled: a poll every
// millisecond and, on newer Nodes, a TimeoutNegativeWarning. Its own comment says that a timer is needed only while
// requests are pending, so that is what the queue is made to do here, rather than hide the warning.
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { LabError } from '../errors.ts';

interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: () => void;
  checkPendingRequests: () => void;
}

const pendingCheckMs = 10;
const reconnectMs = 150;
const require = createRequire(import.meta.url);
const queue = require('kafkajs/src/network/requestQueue') as { readonly prototype: RequestQueue };
queue.prototype.scheduleCheckPendingRequests = function scheduleOnlyWhenPending(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
  const delayMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    delayMs > 0 ? delayMs : pendingCheckMs,
  );
};

export interface ConnectionOptions {
  /** for each request; connecting takes at most as long */
  readonly requestTimeoutMs?: number;
  /** how often a broken connection is made anew; six outlast the nine seconds after which a dead broker is given up */
  readonly retries?: number;
}

/**
 * Runs `work` with a connected admin client and closes it. When a connection breaks or a broker is behind the others, `work` is
 * run anew with a fresh client, so it must be safe to repeat: a broker may die at any moment while the others go on. Fault: KAFKA_UNREACHABLE.
 */
export async function withAdmin<T>(
  bootstrap: string,
  work: (admin: Admin) => Promise<T>,
  { requestTimeoutMs = 10_000, retries = 6 }: ConnectionOptions = {},
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connected(bootstrap, work, requestTimeoutMs, retries);
    } catch (cause) {
      if (!isTransient(cause)) throw cause;
      if (attempt >= retries) throw unreachable(bootstrap, cause);
      await wait(reconnectMs * 2 ** attempt);
    }
  }
}

async function connected<T>(
  bootstrap: string,
  work: (admin: Admin) => Promise<T>,
  requestTimeoutMs: number,
  retries: number,
): Promise<T> {
  const kafka = new Kafka({
    clientId: 'kafka-load-lab',
    brokers: bootstrap.split(','),
    // what goes wrong arrives as an error; the library's own log would only double it
    logLevel: logLevel.NOTHING,
    connectionTimeout: Math.min(requestTimeoutMs, 5_000),
    requestTimeout: requestTimeoutMs,
    retry: { retries: Math.min(retries, 2), initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

const connectionFaults = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSBrokerNotFound',
  'KafkaJSRequestTimeoutError',
  'KafkaJSNumberOfRetriesExceeded',
]);

/** May the same request succeed a moment later? True for broken connections, and while brokers learn of topics and leaders. */
export function isTransient(cause: unknown): boolean {
  if (!(cause instanceof Error) || cause instanceof LabError) return false;
  return connectionFaults.has(cause.name) || ('retriable' in cause && cause.retriable === true);
}

function unreachable(bootstrap: string, cause: unknown): LabError {
  return new LabError({
    code: 'KAFKA_UNREACHABLE',
    message: `Kafka at ${bootstrap} gives no answer (${cause instanceof Error ? cause.message : String(cause)})`,
    hint: 'npm run lab:status shows whether the brokers are healthy',
    cause,
  });
}
