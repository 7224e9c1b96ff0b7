// The topics that the lab has, as configured: what ensureTopics makes true on the brokers.
import type { Config } from '../config/schema.ts';

/** The built-in target's topics. */
export const builtinTopics = ['orders', 'payments', 'order-events'] as const;

export interface TopicSpec {
  readonly partitions: number;
  readonly replicas: number;
  /** topic settings as Kafka names them; everything else stays at the broker's default */
  readonly settings: Readonly<Record<string, string>>;
}

/** Topics by name: the built-in target's, then lab.yaml's. Three brokers keep three replicas, two of them in sync. */
export function configuredTopics(config: Config): Readonly<Record<string, TopicSpec>> {
  const threeBrokers = config.brokers === 3;
  const names = new Set<string>([
    ...(config.target.kind === 'builtin' ? builtinTopics : []),
    ...Object.keys(config.topics),
  ]);
  return Object.fromEntries(
    [...names].map((name): [string, TopicSpec] => {
      const own = config.topics[name];
      const settings = Object.entries(own?.settings ?? {}).map(([key, value]) => [key, String(value)]);
      return [
        name,
        {
          partitions: own?.partitions ?? 6,
          replicas: threeBrokers ? 3 : 1,
          settings: { ...(threeBrokers ? { 'min.insync.replicas': '2' } : {}), ...Object.fromEntries(settings) },
        },
      ];
    }),
  );
}
