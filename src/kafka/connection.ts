// The one place that touches the Kafka client library: short-lived admin connections from the host.
//
// kafkajs re-arms a timer per connection for ever, with a negative delay when nothing is throttled: a poll every
// millisecond and, on newer Nodes, a TimeoutNegativeWarning. Its own comment says that a timer is needed only while
// requests are pending, so that is what the queue is made to do here, rather than hide the warning.
import { createRequire } from 'node:module';
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
  /** how often a request that may succeed later is tried again */
  readonly retries?: number;
}

/** Runs `work` with a connected admin client and closes it. Fault: KAFKA_UNREACHABLE. */
export async function withAdmin<T>(
  bootstrap: string,
  work: (admin: Admin) => Promise<T>,
  { requestTimeoutMs = 10_000, retries = 3 }: ConnectionOptions = {},
): Promise<T> {
  const kafka = new Kafka({
    clientId: 'kafka-load-lab',
    brokers: bootstrap.split(','),
    // what goes wrong arrives as an error; the library's own log would only double it
    logLevel: logLevel.NOTHING,
    connectionTimeout: Math.min(requestTimeoutMs, 5_000),
    requestTimeout: requestTimeoutMs,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (cause) {
    await admin.disconnect().catch(() => undefined);
    throw unreachable(bootstrap, cause);
  }
  try {
    return await work(admin);
  } catch (cause) {
    throw isConnectionFault(cause) ? unreachable(bootstrap, cause) : cause;
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

function isConnectionFault(cause: unknown): boolean {
  return cause instanceof Error && connectionFaults.has(cause.name);
}

function unreachable(bootstrap: string, cause: unknown): LabError {
  return new LabError({
    code: 'KAFKA_UNREACHABLE',
    message: `Kafka at ${bootstrap} gives no answer (${cause instanceof Error ? cause.message : String(cause)})`,
    hint: 'npm run lab:status shows whether the brokers are healthy',
    cause,
  });
}
