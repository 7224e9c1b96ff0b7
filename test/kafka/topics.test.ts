// Which topics the lab wants, and how they are made true on brokers.
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { applyTopics, type TopicAdmin } from '../../src/kafka/admin.ts';
import { configuredTopics, type TopicSpec } from '../../src/kafka/topics.ts';

describe('configured topics', () => {
  it("are the target's own, with one replica on one broker", () => {
    expect(configuredTopics(configSchema.parse({}))).toEqual({
      orders: { partitions: 6, replicas: 1, settings: {} },
      payments: { partitions: 6, replicas: 1, settings: {} },
      'order-events': { partitions: 6, replicas: 1, settings: {} },
    });
  });

  it('have three replicas, two of them in sync, on three brokers; lab.yaml has the last word', () => {
    const config = configSchema.parse({
      brokers: 3,
      topics: { orders: { partitions: 12 }, audit: { partitions: 1, settings: { 'min.insync.replicas': 1 } } },
    });
    expect(configuredTopics(config)).toMatchObject({
      orders: { partitions: 12, replicas: 3, settings: { 'min.insync.replicas': '2' } },
      audit: { partitions: 1, replicas: 3, settings: { 'min.insync.replicas': '1' } },
    });
  });

  it("leave the built-in target's topics out for somebody's own target", () => {
    const config = configSchema.parse({ target: { kind: 'none' }, topics: { clicks: {} } });
    expect(Object.keys(configuredTopics(config))).toEqual(['clicks']);
  });
});

interface Topic {
  partitions: number;
  replicas: number;
  settings: Record<string, string>;
}

/** An admin client over topics in memory; it records what it was asked to change. */
function clusterWith(topics: Record<string, Topic>): { admin: TopicAdmin; changes: string[] } {
  const changes: string[] = [];
  const admin = {
    listTopics: async () => Object.keys(topics),
    createTopics: async ({ topics: asked }: Parameters<TopicAdmin['createTopics']>[0]) => {
      for (const { topic, numPartitions, replicationFactor, configEntries = [] } of asked) {
        if (configEntries.some(({ name }) => name === 'no.such.setting')) throw new Error('Configuration is invalid');
        topics[topic] = { partitions: numPartitions ?? 1, replicas: replicationFactor ?? 1, settings: {} };
        changes.push(`create ${topic} ${numPartitions}x${replicationFactor} ${JSON.stringify(configEntries)}`);
      }
      return true;
    },
    fetchTopicMetadata: async (options?: { topics: string[] }) => ({
      topics: (options?.topics ?? []).map((name) => ({
        name,
        partitions: Array.from({ length: topics[name]?.partitions ?? 0 }, () => ({
          leader: 1,
          replicas: Array.from({ length: topics[name]?.replicas ?? 0 }),
        })),
      })),
    }),
    createPartitions: async ({ topicPartitions }: Parameters<TopicAdmin['createPartitions']>[0]) => {
      for (const { topic, count } of topicPartitions) changes.push(`grow ${topic} to ${count}`);
      return true;
    },
    describeConfigs: async ({ resources }: Parameters<TopicAdmin['describeConfigs']>[0]) => ({
      resources: resources.map(({ name }) => ({
        resourceName: name,
        configEntries: [
          { configName: 'cleanup.policy', configValue: 'delete', configSource: 5 },
          ...Object.entries(topics[name]?.settings ?? {}).map(([configName, configValue]) => ({
            configName,
            configValue,
            configSource: 1,
          })),
        ],
      })),
    }),
    alterConfigs: async ({ resources }: Parameters<TopicAdmin['alterConfigs']>[0]) => {
      for (const { name, configEntries } of resources) changes.push(`set ${name} ${JSON.stringify(configEntries)}`);
    },
  };
  return { admin: admin as unknown as TopicAdmin, changes };
}

const wanted = (spec: Partial<TopicSpec>): TopicSpec => ({ partitions: 6, replicas: 1, settings: {}, ...spec });

describe('ensuring topics', () => {
  it('changes nothing where everything is as it should be', async () => {
    const { admin, changes } = clusterWith({ orders: { partitions: 6, replicas: 1, settings: { a: '1' } } });
    const result = await applyTopics(admin, { orders: wanted({ settings: { a: '1' } }) });
    expect(changes).toEqual([]);
    expect(result).toEqual({ created: [], grown: [], reconfigured: [], warnings: [] });
  });

  it('creates, grows and reconfigures', async () => {
    const { admin, changes } = clusterWith({ orders: { partitions: 3, replicas: 1, settings: { old: '1' } } });
    const result = await applyTopics(admin, {
      orders: wanted({ settings: { 'retention.ms': '1000' } }),
      payments: wanted({}),
    });
    expect(changes).toEqual([
      'create payments 6x1 []',
      'grow orders to 6',
      'set orders [{"name":"retention.ms","value":"1000"}]',
    ]);
    expect(result).toMatchObject({ created: ['payments'], grown: ['orders'], reconfigured: ['orders'] });
  });

  it('warns where Kafka cannot follow: fewer partitions, another number of replicas', async () => {
    const { admin, changes } = clusterWith({ orders: { partitions: 12, replicas: 1, settings: {} } });
    const { warnings } = await applyTopics(admin, { orders: wanted({ replicas: 3 }) });
    expect(changes).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(['KAFKA_PARTITIONS_KEPT', 'KAFKA_REPLICAS_KEPT']);
  });

  it('names the topic and what was asked for when the broker refuses', async () => {
    const { admin } = clusterWith({});
    const attempt = applyTopics(admin, { audit: wanted({ settings: { 'no.such.setting': '1' } }) });
    await expect(attempt).rejects.toMatchObject({
      code: 'KAFKA_TOPIC_REFUSED',
      message: 'Kafka refused topic audit: Configuration is invalid',
      detail: '6 partitions, 1 replicas\nno.such.setting=1',
    });
  });
});
