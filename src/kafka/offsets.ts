// Positions in topics: where each partition begins and ends, where groups stand, and the lag between the two.
import type { Admin } from 'kafkajs';
import { withAdmin } from './connection.ts';

/** Offsets of a partition: the first message that is still there, and the one that will be written next. */
export interface PartitionRange {
  readonly low: number;
  readonly end: number;
}

/** By topic, then by partition (as a string, for JSON). */
export type TopicOffsets = Readonly<Record<string, Readonly<Record<string, PartitionRange>>>>;

/** Committed offsets by topic and partition; a partition without a commit is left out. */
export type CommittedOffsets = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface KafkaPositions {
  readonly topics: TopicOffsets;
  /** by group */
  readonly groups: Readonly<Record<string, GroupPositions>>;
}

export interface GroupPositions {
  /** somebody consumes: the group has members */
  readonly active: boolean;
  readonly committed: CommittedOffsets;
}

/** Every topic and every consumer group of the cluster, Kafka's own (`__…`) apart. Fault: KAFKA_UNREACHABLE. */
export function kafkaPositions(bootstrap: string): Promise<KafkaPositions> {
  return withAdmin(bootstrap, readPositions);
}

/** The same over a connection that is already there; the drain asks often. */
export async function readPositions(admin: Admin): Promise<KafkaPositions> {
  // groups first: what is committed can then not be beyond the end that is read after it
  const groups = await fetchGroups(admin);
  const names = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'));
  return { topics: await fetchTopics(admin, names), groups };
}

/** Lag by topic: messages that the group has yet to commit. A partition without a commit counts from its beginning. */
export function lag(topics: TopicOffsets, committed: CommittedOffsets): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(topics)
      .filter(([topic]) => committed[topic])
      .map(([topic, partitions]) => {
        const behind = Object.entries(partitions).map(([partition, { low, end }]) =>
          Math.max(0, end - (committed[topic]?.[partition] ?? low)),
        );
        return [topic, behind.reduce((sum, n) => sum + n, 0)];
      }),
  );
}

async function fetchTopics(admin: Admin, topics: readonly string[]): Promise<TopicOffsets> {
  // asking for the offsets of a topic that does not exist could make the broker create it
  const existing = new Set(await admin.listTopics());
  const read = await Promise.all(
    topics
      .filter((topic) => existing.has(topic))
      .map(async (topic) => [topic, ranges(await admin.fetchTopicOffsets(topic))] as const),
  );
  return Object.fromEntries(read.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function ranges(
  partitions: readonly { readonly partition: number; readonly low: string; readonly high: string }[],
): Readonly<Record<string, PartitionRange>> {
  return Object.fromEntries(
    [...partitions]
      .sort((a, b) => a.partition - b.partition)
      .map(({ partition, low, high }) => [String(partition), { low: Number(low), end: Number(high) }]),
  );
}

async function fetchGroups(admin: Admin): Promise<Readonly<Record<string, GroupPositions>>> {
  const { groups } = await admin.listGroups();
  const ids = groups
    .filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
    .map(({ groupId }) => groupId)
    .sort();
  if (ids.length === 0) return {};
  const states = new Map(
    (await admin.describeGroups(ids)).groups.map(({ groupId, members }) => [groupId, members.length]),
  );
  const read = await Promise.all(ids.map(async (id) => [id, await fetchGroup(admin, id)] as const));
  return Object.fromEntries(read.map(([id, committed]) => [id, { active: (states.get(id) ?? 0) > 0, committed }]));
}

async function fetchGroup(admin: Admin, groupId: string): Promise<CommittedOffsets> {
  const topics = await admin.fetchOffsets({ groupId });
  const committed = topics.map(({ topic, partitions }): [string, Record<string, number>] => [
    topic,
    Object.fromEntries(
      partitions
        .map(({ partition, offset }) => [String(partition), Number(offset)] as const)
        // -1 stands for "no commit"
        .filter(([, offset]) => offset >= 0),
    ),
  ]);
  return Object.fromEntries(committed.filter(([, partitions]) => Object.keys(partitions).length > 0));
}
