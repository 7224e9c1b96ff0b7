// What the lab asks of and does to the brokers: are they there, topics, settings.
import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, DescribeConfigResponse, PartitionMetadata } from 'kafkajs';
import pRetry from 'p-retry';
import { LabError, type Warning } from '../errors.ts';
import { isTransient, withAdmin } from './connection.ts';
import type { TopicSpec } from './topics.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const pollMs = 250;
const leaderPollMs = 250;
/** Kafka's number for settings made on the topic itself (config source DYNAMIC_TOPIC_CONFIG). */
const topicConfigSource = 1;
/** Kafka's number for a topic as a thing that has settings; the library's constant is hidden from native imports. */
const topicResource = 2;

/**
 * Returns the number of brokers once an API request is answered and at least `count` brokers are in the cluster.
 * Fault: KAFKA_NOT_READY at the deadline, with what was seen last.
 */
export async function brokersReady(
  bootstrap: string,
  count: number,
  { timeoutMs, signal }: WaitOptions,
): Promise<number> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await countBrokers(bootstrap, Math.max(500, Math.min(3_000, deadline - Date.now())));
    if (typeof seen === 'number' && seen >= count) return seen;
    if (Date.now() + pollMs >= deadline) {
      const last = typeof seen === 'number' ? `${seen} of ${count} brokers answered` : seen.message;
      throw new LabError({
        code: 'KAFKA_NOT_READY',
        message: `Kafka at ${bootstrap} was not ready within ${timeoutMs / 1000} s (${last})`,
        hint: 'npm run lab:status shows the brokers; their last log lines say why',
        cause: seen,
      });
    }
    await wait(pollMs, undefined, signal ? { signal } : {});
  }
}

async function countBrokers(bootstrap: string, requestTimeoutMs: number): Promise<number | Error> {
  try {
    const ask = (admin: Admin): Promise<number> => admin.describeCluster().then(({ brokers }) => brokers.length);
    return await withAdmin(bootstrap, ask, { requestTimeoutMs, retries: 0 });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

export interface TopicChanges {
  readonly created: readonly string[];
  /** topics that got more partitions */
  readonly grown: readonly string[];
  /** topics whose settings were brought in line */
  readonly reconfigured: readonly string[];
  readonly warnings: readonly Warning[];
}

/**
 * Makes the topics as specified: creates what is missing, adds partitions, sets settings (a setting that is no longer
 * specified goes back to the broker's default). What Kafka cannot do (fewer partitions) or the lab does not (another
 * number of replicas) is a warning. Faults: KAFKA_UNREACHABLE, KAFKA_TOPIC_REFUSED.
 */
export function ensureTopics(bootstrap: string, topics: Readonly<Record<string, TopicSpec>>): Promise<TopicChanges> {
  return withAdmin(bootstrap, (admin) => applyTopics(admin, topics));
}

/** What of kafkajs' admin client is needed for topics. */
export type TopicAdmin = Pick<
  Admin,
  'listTopics' | 'createTopics' | 'fetchTopicMetadata' | 'createPartitions' | 'describeConfigs' | 'alterConfigs'
>;

/** ensureTopics over a connection that is already there. */
export async function applyTopics(
  admin: TopicAdmin,
  topics: Readonly<Record<string, TopicSpec>>,
): Promise<TopicChanges> {
  const existing = new Set(await admin.listTopics());
  const specs = Object.entries(topics);
  const missing = specs.filter(([name]) => !existing.has(name));
  const created: string[] = [];
  for (const [name, spec] of missing) {
    if (await refusable(name, spec, () => createTopic(admin, name, spec))) created.push(name);
  }

  const present = specs.filter(([name]) => existing.has(name));
  const grown: string[] = [];
  const warnings: Warning[] = [];
  for (const [name, spec, actual] of await withLayout(admin, specs)) {
    if (actual.partitions < spec.partitions) {
      await refusable(name, spec, () =>
        admin.createPartitions({ topicPartitions: [{ topic: name, count: spec.partitions }] }),
      );
      grown.push(name);
    }
    warnings.push(...layoutWarnings(name, spec, actual));
  }
  const reconfigured = await reconcileSettings(admin, present);
  return { created, grown, reconfigured, warnings };
}

interface Layout {
  readonly partitions: number;
  readonly replicas: number;
}
type Spec = readonly [name: string, spec: TopicSpec];

/** False when it is there already: the broker that was asked for the list may not have heard of it yet. */
function createTopic(admin: TopicAdmin, name: string, spec: TopicSpec): Promise<boolean> {
  return admin.createTopics({
    // withLayout waits: the library gives up when it asks a broker that has not heard of the topic yet
    waitForLeaders: false,
    topics: [
      {
        topic: name,
        numPartitions: spec.partitions,
        replicationFactor: spec.replicas,
        configEntries: entries(spec.settings),
      },
    ],
  });
}

/** Layouts as soon as every partition has a leader. Fault KAFKA_NOT_READY when one gets none. */
async function withLayout(admin: TopicAdmin, specs: readonly Spec[]): Promise<readonly (readonly [...Spec, Layout])[]> {
  if (specs.length === 0) return [];
  const names = specs.map(([name]) => name);
  const topics = await pRetry(() => metadataWithLeaders(admin, names), {
    retries: 60,
    minTimeout: leaderPollMs,
    factor: 1,
    shouldRetry: ({ error }) => error instanceof Leaderless || isTransient(error),
  }).catch((cause: unknown) => {
    if (!(cause instanceof Leaderless)) throw cause;
    throw new LabError({
      code: 'KAFKA_NOT_READY',
      message: `topics have partitions without a leader: ${names.join(', ')}`,
      hint: 'npm run lab:status shows whether all brokers are healthy',
      cause,
    });
  });
  return specs.map(([name, spec]) => {
    const partitions = topics.get(name) ?? [];
    return [name, spec, { partitions: partitions.length, replicas: partitions[0]?.replicas.length ?? 0 }] as const;
  });
}

class Leaderless extends Error {}

async function metadataWithLeaders(
  admin: TopicAdmin,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly PartitionMetadata[]>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const found = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  const led = names.every((name) => found.get(name)?.every(({ leader }) => leader >= 0));
  if (!led) throw new Leaderless();
  return found;
}

function layoutWarnings(name: string, spec: TopicSpec, actual: Layout): readonly Warning[] {
  const hint = `delete the topic, or npm run lab:down -- --volumes and npm run lab:up, to have ${name} made anew`;
  const warnings: Warning[] = [];
  if (actual.partitions > spec.partitions) {
    const message = `topic ${name} has ${actual.partitions} partitions, ${spec.partitions} are configured; Kafka cannot take partitions away`;
    warnings.push({ code: 'KAFKA_PARTITIONS_KEPT', message, hint });
  }
  if (actual.replicas !== spec.replicas) {
    const message = `topic ${name} has ${actual.replicas} replicas, this number of brokers wants ${spec.replicas}`;
    warnings.push({ code: 'KAFKA_REPLICAS_KEPT', message, hint });
  }
  return warnings;
}

async function reconcileSettings(admin: TopicAdmin, specs: readonly Spec[]): Promise<readonly string[]> {
  if (specs.length === 0) return [];
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map(([name]) => ({ type: topicResource, name })),
  });
  const changed = specs.filter(([name, spec]) => !sameSettings(settingsOnTopic(described, name), spec.settings));
  for (const [name, spec] of changed) {
    const resource = { type: topicResource, name, configEntries: entries(spec.settings) };
    await refusable(name, spec, () => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
  }
  return changed.map(([name]) => name);
}

function settingsOnTopic(described: DescribeConfigResponse, name: string): Readonly<Record<string, string>> {
  const own = described.resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
  return Object.fromEntries(
    own
      .filter(({ configSource }) => Number(configSource) === topicConfigSource)
      .map(({ configName, configValue }) => [configName, configValue]),
  );
}

function sameSettings(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function entries(settings: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}

async function refusable<T>(topic: string, spec: TopicSpec, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isTransient(cause)) throw cause;
    throw new LabError({
      code: 'KAFKA_TOPIC_REFUSED',
      message: `Kafka refused topic ${topic}: ${reason(cause)}`,
      hint: `look at topics.${topic} in lab.yaml: a setting that Kafka does not know, or more replicas than brokers`,
      detail: describe(spec),
      cause,
    });
  }
}

function describe({ partitions, replicas, settings }: TopicSpec): string {
  const pairs = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return [`${partitions} partitions, ${replicas} replicas`, ...pairs].join('\n');
}

/** kafkajs wraps the brokers' answers one or two levels deep. */
function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = 'errors' in cause && Array.isArray(cause.errors) ? cause.errors[0] : cause.cause;
  return inner instanceof Error && inner !== cause ? reason(inner) : cause.message;
}
