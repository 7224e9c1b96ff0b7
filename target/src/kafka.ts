// The Kafka client behind one door: topics, producers, the worker's consumer group, and a follower of one topic.
//
// @platformatic/kafka: why this client and not kafkajs is in docs/decisions.md. Its errors, its types and its
// retries stay in here.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Admin,
  type Base,
  type ConnectionPool,
  Consumer,
  type MessagesStream,
  murmur2,
  Producer,
} from '@platformatic/kafka';
import { type Batcher, createBatcher } from './batcher.ts';
import type { ProducerConfig, TopicSpec } from './config.ts';
import { partialDelivery } from './delivery.ts';
import type { OutgoingMessage } from './messages.ts';
import type { Incoming, Position } from './processor.ts';

export interface Cluster {
  readonly brokers: readonly string[];
  /** who asks: shows in the brokers' logs and in consumer groups */
  readonly clientId: string;
}

/** What the outside hears of trouble that is being dealt with. */
export interface Log {
  info(message: string): void;
  warn(details: { readonly reason: string }, message: string): void;
}

const retryDelayMs = 500;
/** A dead worker's partitions go to others after this. */
const sessionTimeoutMs = 10_000;
/** A fetch waits this long at the broker when there is nothing new. */
const fetchWaitMs = 1_000;
const fetchBytes = 2 * 1024 ** 2;

const pools = new Set<ConnectionPool>();

/** Open connections of this process to Kafka. */
export function connectionCount(): number {
  let count = 0;
  for (const pool of pools) for (const _connection of pool) count++;
  return count;
}

function base({ brokers, clientId }: Cluster) {
  return { clientId, bootstrapBrokers: [...brokers], retryDelay: retryDelayMs };
}

function tracked<T extends Base>(client: T): T {
  pools.add(client.connections);
  return client;
}

async function closed(client: { readonly connections: ConnectionPool }, close: () => Promise<unknown>): Promise<void> {
  try {
    await close();
  } finally {
    pools.delete(client.connections);
  }
}

/**
 * Makes the topics that are missing; topics that are there stay as they are. Tries again for as long as brokers are
 * not there, or too few for the replicas.
 * @throws the last fault, after `deadlineMs`
 */
export async function makeTopics(
  cluster: Cluster,
  topics: Readonly<Record<string, TopicSpec>>,
  log: Log,
  deadlineMs: number,
): Promise<void> {
  const admin = tracked(new Admin({ ...base(cluster), retries: 0 }));
  try {
    await persist(log, deadlineMs, 'topics are not made yet', async () => {
      const present = new Set(await admin.listTopics());
      for (const [topic, { partitions, replicas, settings }] of Object.entries(topics)) {
        if (present.has(topic)) continue;
        const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
        await admin.createTopics({ topics: [topic], partitions, replicas, configs }).catch((error: unknown) => {
          if (!carries(error, 'TOPIC_ALREADY_EXISTS')) throw error;
        });
        log.info(`topic ${topic} made, ${partitions} partitions`);
      }
    });
  } finally {
    await closed(admin, () => admin.close());
  }
}

/** Waits until the topics are there. @throws the last fault, after `deadlineMs` */
export async function awaitTopics(
  cluster: Cluster,
  topics: readonly string[],
  log: Log,
  deadlineMs: number,
): Promise<void> {
  const admin = tracked(new Admin({ ...base(cluster), retries: 0 }));
  try {
    await persist(log, deadlineMs, 'topics are not there yet', async () => {
      const present = new Set(await admin.listTopics());
      const missing = topics.filter((topic) => !present.has(topic));
      if (missing.length > 0) throw new Error(`no topic ${missing.join(', ')}`);
    });
  } finally {
    await closed(admin, () => admin.close());
  }
}

export interface MessageSender extends Batcher {
  /** A round trip to the broker that knows these topics. @throws when there is no answer within `timeoutMs` */
  probe(topics: readonly string[], timeoutMs: number): Promise<void>;
  /** Waits for what is pending, then disconnects. */
  close(): Promise<void>;
}

export interface Reliability {
  readonly acks: 'all' | '1' | '0';
  /** further attempts for a batch, half a second apart; Infinity: for as long as it takes */
  readonly retries: number;
}

/**
 * A producer. With acks `all` it is idempotent: a batch is sent again, and the broker drops what it has already.
 * With `1` or `0` a second attempt could double messages, so there is none, whatever `retries` says.
 */
export async function openProducer(
  cluster: Cluster,
  { acks, retries }: Reliability,
  { lingerMs, batchBytes, compression }: ProducerConfig,
  log: Log,
): Promise<MessageSender> {
  const idempotent = acks === 'all';
  const producer = tracked(
    new Producer({
      ...base(cluster),
      idempotent,
      retries: idempotent && (retries === Infinity || retries),
      compression,
      metadataMaxAge: 30_000,
    }),
  );
  const options = { acks: idempotent ? -1 : Number(acks) };
  const batcher = createBatcher({
    lingerMs,
    batchBytes,
    deliver: async (batch) => {
      const messages = batch.map(({ topic, key, value }) => ({ topic, key: Buffer.from(key), value }));
      try {
        await producer.send({ messages, ...options });
        return [];
      } catch (error) {
        const delivery = partialDelivery(error, new Error(reason(error)), batch, (message) =>
          partitionOf(producer, message),
        );
        const given = delivery.filter((outcome) => outcome !== undefined).length;
        log.warn({ reason: reason(error) }, `${given} of a batch of ${batch.length} messages given up`);
        return delivery;
      }
    },
  });
  await producer.connectToBrokers();
  return {
    ...batcher,
    probe: async (topics, timeoutMs) => {
      const answer = producer.metadata({ topics: [...topics], forceUpdate: true, retries: 0 });
      await Promise.race([
        answer,
        sleep(timeoutMs, undefined, { ref: false }).then(() =>
          Promise.reject(new Error(`no answer within ${timeoutMs} ms`)),
        ),
      ]);
    },
    close: async () => {
      await batcher.drained();
      await closed(producer, () => producer.close());
    },
  };
}

/** The partition that the client chose by the message's key: the same function, murmur2, as Kafka's own. */
function partitionOf(producer: Producer, { topic, key }: OutgoingMessage): number | undefined {
  const count = producer.currentMetadata?.topics.get(topic)?.partitionsCount;
  return count === undefined ? undefined : (murmur2(Buffer.from(key)) >>> 0) % count;
}

export interface GroupHandlers {
  /** The partitions of this member from this generation on, each with the group's position. */
  readonly onAssigned: (positions: readonly Position[], generation: number) => void;
  /** Called for each message; the next one waits for the promise. */
  readonly onMessage: (message: Incoming) => Promise<void> | undefined;
}

export interface GroupMember {
  /** Is it in the group, with a partition or without? */
  joined(): boolean;
  /** Commits positions. Outside the group, while it is rebalanced say, nothing happens, and the answer is false. */
  commit(positions: readonly Position[]): Promise<boolean>;
  /** Stops fetching; commits still work. */
  pause(): Promise<void>;
  /** Leaves the group. */
  close(): Promise<void>;
}

export interface Group {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** where partitions begin that the group has no commit for */
  readonly startAt: 'earliest' | 'latest';
}

/**
 * Joins a consumer group and hands its messages over, until it is closed. Whatever ends the consumption, a broker's restart say, it begins again at the last commit.
 */
export function joinGroup(
  cluster: Cluster,
  { groupId, topics, startAt }: Group,
  handlers: GroupHandlers,
  log: Log,
): GroupMember {
  let current: { readonly consumer: Consumer; readonly stream: Stream } | undefined;
  let paused = false;
  const running = consumeAgainAndAgain();

  async function consumeAgainAndAgain(): Promise<void> {
    while (!paused) {
      const consumer = tracked(
        new Consumer({
          ...base(cluster),
          groupId,
          autocommit: false,
          retries: 60,
          sessionTimeout: sessionTimeoutMs,
          rebalanceTimeout: sessionTimeoutMs,
          maxWaitTime: fetchWaitMs,
          maxBytes: fetchBytes,
          maxBytesPerPartition: fetchBytes / 4,
          metadataMaxAge: 30_000,
        }),
      );
      consumer.on('error', (err: unknown) => log.warn({ reason: reason(err) }, 'consumer group'));
      try {
        const stream = await consumer.consume({ topics: [...topics], mode: 'committed', fallbackMode: startAt });
        pools.add(stream.connections);
        current = { consumer, stream };
        stream.on('offsets', () => handlers.onAssigned(positionsOf(consumer, stream), consumer.generationId));
        await hand(stream, handlers.onMessage);
      } catch (err) {
        if (!paused) log.warn({ reason: reason(err) }, 'consumption ended, starting again');
      }
      if (paused) return;
      await leave(consumer, current?.stream, log);
      current = undefined;
      await sleep(retryDelayMs);
    }
  }

  return {
    joined: () => current?.consumer.isActive() ?? false,
    commit: async (positions) => {
      const consumer = current?.consumer;
      if (!consumer?.isActive() || positions.length === 0) return false;
      await consumer.commit({ offsets: positions.map((position) => ({ ...position, leaderEpoch: -1 })) });
      return true;
    },
    pause: async () => {
      paused = true;
      await current?.stream.close();
      await running;
    },
    close: async () => {
      if (current) await leave(current.consumer, current.stream, log);
    },
  };
}

/**
 * Reads a topic from its end on, for as long as the process lives. The group has a name of its own and commits
 * nothing, so it leaves no lag behind.
 */
export function followTopic(cluster: Cluster, topic: string, onValue: (value: Buffer) => void, log: Log): GroupMember {
  return joinGroup(
    cluster,
    { groupId: `${cluster.clientId}-view-${randomUUID().slice(0, 8)}`, topics: [topic], startAt: 'latest' },
    {
      onAssigned: () => {},
      onMessage: ({ value }) => {
        onValue(value);
        return undefined;
      },
    },
    log,
  );
}

type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

async function hand(stream: Stream, onMessage: GroupHandlers['onMessage']): Promise<void> {
  for await (const message of stream) {
    const { topic, partition, offset, value, metadata } = message;
    const room = onMessage({ topic, partition, offset, value, generation: generationOf(metadata) });
    if (room) await room;
  }
}

/** The client notes at each message under which generation it was fetched. */
function generationOf(metadata: Readonly<Record<string, unknown>>): number {
  const { consumer } = metadata;
  const known = typeof consumer === 'object' && consumer !== null && 'generationId' in consumer;
  return known ? Number(consumer.generationId) : 0;
}

function positionsOf(consumer: Consumer, stream: Stream): readonly Position[] {
  return (consumer.assignments ?? []).flatMap(({ topic, partitions }) =>
    partitions.flatMap((partition) => {
      const offset = stream.offsetsToFetch.get(`${topic}:${partition}`);
      return offset === undefined ? [] : [{ topic, partition, offset }];
    }),
  );
}

async function leave(consumer: Consumer, stream: Stream | undefined, log: Log): Promise<void> {
  if (stream) pools.delete(stream.connections);
  try {
    await closed(consumer, () => consumer.close(true));
  } catch (err) {
    log.warn({ reason: reason(err) }, 'could not leave the consumer group');
  }
}

async function persist(log: Log, deadlineMs: number, complaint: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (err) {
      if (Date.now() > deadline) throw new Error(`${complaint}, after ${deadlineMs / 1000} s`, { cause: err });
      log.warn({ reason: reason(err) }, complaint);
      await sleep(retryDelayMs);
    }
  }
}

/** The client's errors hold one another, and one for every attempt: what the innermost of the last attempt says. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error.cause;
  return inner instanceof Error ? reason(inner) : error.message;
}

/** Does the client's error, or one inside it, carry this Kafka error name? */
function carries(error: unknown, name: string): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { apiId, errors, cause } = error as { apiId?: unknown; errors?: unknown; cause?: unknown };
  return (
    apiId === name || (Array.isArray(errors) && errors.some((inner) => carries(inner, name))) || carries(cause, name)
  );
}
