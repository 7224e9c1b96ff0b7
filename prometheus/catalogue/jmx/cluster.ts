// Whether the cluster is whole, over JMX: partitions, replicas, controllers, metadata.
import type { Metric } from '../../metric.ts';
import { rate, runRate, sumBy } from '../../promql.ts';
import { gauge, jmx, perBroker } from './gauge.ts';

/** Every node with the controller role exposes the cluster's figures: the maximum, never the sum. */
function controller(name: string): string {
  return `max(kafka_controller_KafkaController_Value{name="${name}"})`;
}

const replicaManager = (name: string): string => `kafka_server_ReplicaManager_Value{name="${name}",$broker}`;

/** Metrics of the cluster's health. */
export const clusterMetrics: readonly Metric[] = [
  gauge({
    id: 'offline_partitions',
    title: 'Offline partitions',
    description: 'Partitions without a leader: neither written nor read. Anything above 0 is an outage.',
    unit: 'count',
    better: 'lower',
    gate: true,
    series: controller('OfflinePartitionsCount'),
    by: [],
  }),
  gauge({
    id: 'active_controllers',
    title: 'Active controllers',
    description: 'Nodes that say they are the active controller; 1, and for a moment 0 at a failover.',
    unit: 'count',
    better: 'neither',
    how: 'min',
    // the one figure where each node speaks for itself
    series: 'sum(kafka_controller_KafkaController_Value{name="ActiveControllerCount"})',
    by: [],
  }),
  gauge({
    id: 'active_brokers',
    title: 'Active brokers',
    description: 'Brokers that are registered and not fenced.',
    unit: 'count',
    better: 'neither',
    how: 'min',
    series: controller('ActiveBrokerCount'),
    by: [],
  }),
  gauge({
    id: 'fenced_brokers',
    title: 'Fenced brokers',
    description: 'Brokers that are registered and have stopped sending heartbeats.',
    unit: 'count',
    better: 'lower',
    series: controller('FencedBrokerCount'),
    by: [],
  }),
  gauge({
    id: 'total_topics',
    title: 'Topics',
    description: "Topics of the cluster, Kafka's internal ones included.",
    unit: 'count',
    better: 'neither',
    how: 'last',
    series: controller('GlobalTopicCount'),
    by: [],
  }),
  gauge({
    id: 'total_partitions',
    title: 'Partitions of the cluster',
    description: "Partitions of the cluster, those of Kafka's internal topics included.",
    unit: 'count',
    better: 'neither',
    how: 'last',
    series: controller('GlobalPartitionCount'),
    by: [],
  }),
  gauge({
    id: 'preferred_replica_imbalance',
    title: 'Preferred replica imbalance',
    description: 'Partitions whose leader is not their preferred replica.',
    unit: 'count',
    better: 'lower',
    series: controller('PreferredReplicaImbalanceCount'),
    by: [],
  }),
  gauge({
    id: 'controller_metadata_errors',
    title: 'Controller metadata errors',
    description: 'Times a controller failed to process a metadata record; takes the place of ZooKeeper disconnects.',
    unit: 'count',
    better: 'lower',
    series: controller('MetadataErrorCount'),
    by: [],
  }),
  gauge({
    id: 'broker_metadata_errors',
    title: 'Broker metadata errors',
    description: 'Metadata records that a broker failed to load or to apply.',
    unit: 'count',
    better: 'lower',
    series:
      'sum by (broker) (kafka_server_broker_metadata_metrics_metadata_load_error_count{$broker} + kafka_server_broker_metadata_metrics_metadata_apply_error_count{$broker})',
    by: perBroker,
  }),
  gauge({
    id: 'under_replicated_partitions',
    title: 'Under-replicated partitions',
    description: 'Partitions that a broker leads and that have fewer replicas in sync than they should.',
    unit: 'count',
    better: 'lower',
    gate: true,
    series: sumBy(perBroker, replicaManager('UnderReplicatedPartitions')),
    by: perBroker,
  }),
  gauge({
    id: 'under_min_isr_partitions',
    title: 'Partitions under min.insync.replicas',
    description: 'Partitions that refuse producers with acks=all.',
    unit: 'count',
    better: 'lower',
    gate: true,
    series: sumBy(perBroker, replicaManager('UnderMinIsrPartitionCount')),
    by: perBroker,
  }),
  gauge({
    id: 'broker_partitions',
    title: 'Partitions by broker',
    description: 'Replicas that a broker holds.',
    unit: 'count',
    better: 'neither',
    how: 'last',
    series: sumBy(perBroker, replicaManager('PartitionCount')),
    by: perBroker,
  }),
  gauge({
    id: 'broker_leaders',
    title: 'Leaders by broker',
    description: 'Partitions that a broker leads.',
    unit: 'count',
    better: 'neither',
    how: 'last',
    series: sumBy(perBroker, replicaManager('LeaderCount')),
    by: perBroker,
  }),
  ...(['Shrinks', 'Expands'] as const).map(
    (change): Metric => ({
      ...jmx,
      id: `isr_${change.toLowerCase()}`,
      title: `ISR ${change.toLowerCase()} per second`,
      description:
        change === 'Shrinks'
          ? 'Replicas that fell out of the set of those in sync.'
          : 'Replicas that came back into the set of those in sync.',
      unit: '1/s',
      better: 'lower',
      compare: 'difference',
      series: sumBy(perBroker, rate(`kafka_server_ReplicaManager_Count{name="Isr${change}PerSec",$broker}`)),
      aggregate: {
        kind: 'instant',
        query: sumBy(perBroker, runRate(`kafka_server_ReplicaManager_Count{name="Isr${change}PerSec",$broker}`)),
      },
      by: perBroker,
    }),
  ),
];
