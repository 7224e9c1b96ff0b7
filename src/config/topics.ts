// The topics of a lab: the built-in target's, merged with those of lab.yaml.
import type { Config } from './schema.ts';

export interface TopicSpec {
  readonly partitions: number;
  readonly replicas: number;
  /** Kafka's topic settings, e.g. retention.ms */
  readonly settings: Readonly<Record<string, string>>;
}

const builtin = ['orders', 'payments', 'order-events'] as const;
const defaultPartitions = 6;

/** Topics by name. A topic in lab.yaml adds to the built-in ones, or overrides their partitions and settings. */
export function labTopics(config: Config): Readonly<Record<string, TopicSpec>> {
  const names =
    config.target.kind === 'builtin' ? [...builtin, ...Object.keys(config.topics)] : Object.keys(config.topics);
  return Object.fromEntries(
    [...new Set(names)].map((name) => {
      const own = config.topics[name];
      const settings = Object.entries(own?.settings ?? {}).map(([key, value]) => [key, String(value)] as const);
      return [
        name,
        {
          partitions: own?.partitions ?? defaultPartitions,
          replicas: config.brokers === 3 ? 3 : 1,
          settings: Object.fromEntries(settings),
        },
      ];
    }),
  );
}
