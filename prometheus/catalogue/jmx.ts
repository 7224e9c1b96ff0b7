// What the brokers say of themselves over JMX: traffic, health, idle time, log, JVM. Request times: see requests.ts.
import type { Metric, Unit } from '../metric.ts';
import { growth, rate, runRate, sumBy, windowMean } from '../promql.ts';

const base = { source: 'jmx', window: 'run' } as const;
const perTopic = ['topic'];
const perBroker = ['broker'];

interface Meter {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly bean: string;
  readonly unit: Unit;
  readonly better?: Metric['better'];
  readonly mayBeEmpty?: string;
}

const topicMeters: readonly Meter[] = [
  {
    id: 'topic_messages_in',
    title: 'Messages in per second',
    description: 'Messages that the brokers appended, per topic.',
    bean: 'MessagesInPerSec',
    unit: 'messages/s',
    better: 'higher',
  },
  {
    id: 'topic_bytes_in',
    title: 'Bytes in per second',
    description: 'Bytes that producers sent, per topic, as compressed.',
    bean: 'BytesInPerSec',
    unit: 'bytes/s',
  },
  {
    id: 'topic_bytes_out',
    title: 'Bytes out per second',
    description: 'Bytes that consumers fetched, per topic; replication not included.',
    bean: 'BytesOutPerSec',
    unit: 'bytes/s',
    mayBeEmpty: 'nothing has been consumed yet',
  },
  {
    id: 'topic_produce_requests',
    title: 'Produce requests per second',
    description: 'Produce requests, per topic.',
    bean: 'TotalProduceRequestsPerSec',
    unit: '1/s',
  },
  {
    id: 'topic_fetch_requests',
    title: 'Fetch requests per second',
    description: "Fetch requests, per topic, followers' included.",
    bean: 'TotalFetchRequestsPerSec',
    unit: '1/s',
    mayBeEmpty: 'nothing has been consumed yet',
  },
];

const brokerMeters: readonly Meter[] = [
  {
    id: 'broker_bytes_in',
    title: 'Network bytes in per second',
    description: 'Bytes that producers sent to a broker, all topics.',
    bean: 'BytesInPerSec',
    unit: 'bytes/s',
  },
  {
    id: 'broker_bytes_out',
    title: 'Network bytes out per second',
    description: 'Bytes that consumers fetched from a broker, all topics.',
    bean: 'BytesOutPerSec',
    unit: 'bytes/s',
  },
  {
    id: 'replication_bytes_in',
    title: 'Replication bytes in per second',
    description: 'Bytes that a broker fetched as a follower; 0 with one broker.',
    bean: 'ReplicationBytesInPerSec',
    unit: 'bytes/s',
  },
  {
    id: 'replication_bytes_out',
    title: 'Replication bytes out per second',
    description: 'Bytes that a broker served to followers; 0 with one broker.',
    bean: 'ReplicationBytesOutPerSec',
    unit: 'bytes/s',
  },
  {
    id: 'produce_requests_failed',
    title: 'Failed produce requests per second',
    description: 'Produce requests that ended in an error.',
    bean: 'FailedProduceRequestsPerSec',
    unit: '1/s',
    better: 'lower',
  },
  {
    id: 'fetch_requests_failed',
    title: 'Failed fetch requests per second',
    description: 'Fetch requests that ended in an error.',
    bean: 'FailedFetchRequestsPerSec',
    unit: '1/s',
    better: 'lower',
  },
];

function meter(entry: Meter, matchers: string, by: readonly string[]): Metric {
  const { bean, ...rest } = entry;
  const selector = `kafka_server_BrokerTopicMetrics_Count{name="${bean}",${matchers}}`;
  const total = by === perTopic ? `${sumBy(by, growth(selector))} / $seconds` : sumBy(by, runRate(selector));
  const better = entry.better ?? 'neither';
  return {
    ...base,
    ...rest,
    better,
    compare: better === 'lower' ? 'difference' : 'ratio',
    series: sumBy(by, rate(selector)),
    aggregate: { kind: 'instant', query: total },
    by,
  };
}

type Gauge = Pick<Metric, 'id' | 'title' | 'description' | 'unit' | 'better' | 'series' | 'by'> &
  Partial<Pick<Metric, 'gate' | 'mayBeEmpty' | 'compare'>> & { readonly how?: 'max' | 'min' | 'mean' | 'last' };

function gauge({ how = 'max', compare = 'difference', ...rest }: Gauge): Metric {
  return { ...base, ...rest, compare, aggregate: { kind: 'reduce', how } };
}

/** Every node with the controller role exposes the cluster's figures: the maximum, never the sum. */
function controller(name: string): string {
  return `max(kafka_controller_KafkaController_Value{name="${name}"})`;
}

const replicaManager = (name: string): string => `kafka_server_ReplicaManager_Value{name="${name}",$broker}`;

const clusterHealth: readonly Metric[] = [
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
      ...base,
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

/**
 * The handler pool's meter counts idle nanoseconds per thread. Up to Kafka 4.1 a node that is broker and controller marks it
 * from both pools, so that it reads 2 when idle: the controller's pool, nearly idle always, is taken off. Later versions
 * have a meter of the broker's pool alone.
 */
function handlerIdle(window: string): string {
  const idle = (name: string): string =>
    `${sumBy(perBroker, `rate(kafka_server_KafkaRequestHandlerPool_Count{name="${name}",$broker}[${window}])`)} / 1e9`;
  const controllers =
    'count by (broker) (kafka_controller_KafkaController_Value{name="ActiveControllerCount",$broker})';
  const both = idle('RequestHandlerAvgIdlePercent');
  return `clamp(${idle('BrokerRequestHandlerAvgIdlePercent')} or (${both} - ${controllers}) or ${both}, 0, 1)`;
}

const busyness: readonly Metric[] = [
  {
    ...base,
    id: 'request_handler_idle',
    title: 'Request handlers idle',
    description: "Share of time that a broker's I/O threads wait for work. Under 0.3 the broker is close to its limit.",
    unit: 'ratio',
    better: 'higher',
    compare: 'difference',
    series: handlerIdle('$interval'),
    aggregate: { kind: 'instant', query: handlerIdle('$range') },
    by: perBroker,
  },
  gauge({
    id: 'network_processor_idle',
    title: 'Network processors idle',
    description: "Share of time that a broker's network threads wait for work.",
    unit: 'ratio',
    better: 'higher',
    how: 'mean',
    // a combined node averages its broker's and its controller's listeners; above 1 is an artefact of the bean
    series:
      'clamp_max(avg by (broker) (kafka_network_SocketServer_Value{name="NetworkProcessorAvgIdlePercent",$broker}), 1)',
    by: perBroker,
  }),
  gauge({
    id: 'request_queue_size',
    title: 'Request queue',
    description: 'Requests that wait for an I/O thread.',
    unit: 'count',
    better: 'lower',
    series: 'sum by (broker) (kafka_network_RequestChannel_Value{name="RequestQueueSize",$broker})',
    by: perBroker,
  }),
  gauge({
    id: 'response_queue_size',
    title: 'Response queue',
    description: 'Responses that wait for a network thread.',
    unit: 'count',
    better: 'lower',
    series: 'sum by (broker) (kafka_network_RequestChannel_Value{name="ResponseQueueSize",processor="",$broker})',
    by: perBroker,
  }),
  gauge({
    id: 'fetch_queue_size',
    title: 'Fetch queue',
    description: 'Fetch requests held back by a quota; 0 where no quota is set.',
    unit: 'count',
    better: 'lower',
    series: 'sum by (broker) (kafka_server_Fetch_queue_size{$broker})',
    by: perBroker,
  }),
  gauge({
    id: 'purgatory_size',
    title: 'Purgatory',
    description: 'Requests that wait for a condition: produce for acknowledgements (acks=all), fetch for enough bytes.',
    unit: 'count',
    better: 'neither',
    how: 'mean',
    compare: 'ratio',
    series:
      'sum by (broker, delayedOperation) (kafka_server_DelayedOperationPurgatory_Value{name="PurgatorySize",delayedOperation=~"Produce|Fetch",$broker})',
    by: ['broker', 'delayedOperation'],
  }),
];

function logFlushMean(window: '$interval' | '$range'): string {
  return `max by (broker) (${windowMean('kafka_log_LogFlushStats', 'name="LogFlushRateAndTimeMs",$broker', window)}) / 1000`;
}

const log: readonly Metric[] = [
  {
    ...base,
    id: 'log_flush_mean',
    title: 'Log flush latency',
    description:
      'Mean time of forcing a log to disk. In KRaft mode that is mostly the metadata log; messages are left to the page cache.',
    unit: 'seconds',
    better: 'lower',
    compare: 'ratio',
    series: logFlushMean('$interval'),
    aggregate: { kind: 'instant', query: logFlushMean('$range') },
    by: perBroker,
    mayBeEmpty: 'no log was forced to disk in the window',
  },
  gauge({
    id: 'log_flush_p99',
    title: 'Log flush latency p99',
    description: "99th percentile over the broker's decaying sample of the last minutes, not over the run.",
    unit: 'seconds',
    better: 'lower',
    how: 'last',
    compare: 'ratio',
    series: 'max by (broker) (kafka_log_LogFlushStats_99thPercentile{name="LogFlushRateAndTimeMs",$broker}) / 1000',
    by: perBroker,
  }),
  {
    ...base,
    id: 'log_flush_rate',
    title: 'Log flushes per second',
    description: 'Times that a log was forced to disk, the metadata log included.',
    unit: '1/s',
    better: 'neither',
    compare: 'ratio',
    series: sumBy(perBroker, rate('kafka_log_LogFlushStats_Count{name="LogFlushRateAndTimeMs",$broker}')),
    aggregate: {
      kind: 'instant',
      query: sumBy(perBroker, runRate('kafka_log_LogFlushStats_Count{name="LogFlushRateAndTimeMs",$broker}')),
    },
    by: perBroker,
  },
];

const jvm: readonly Metric[] = [
  gauge({
    id: 'broker_heap_used',
    title: 'Broker heap used',
    description: "Heap in use of a broker's JVM.",
    unit: 'bytes',
    better: 'neither',
    compare: 'ratio',
    series: 'max by (broker) (java_lang_Memory_HeapMemoryUsage_used{$broker})',
    by: perBroker,
  }),
  {
    ...base,
    id: 'broker_gc_time',
    title: 'Broker garbage collection',
    description: 'Share of time that a broker spends in garbage collection.',
    unit: 'ratio',
    better: 'lower',
    compare: 'difference',
    series: `${sumBy(perBroker, rate('java_lang_GarbageCollector_CollectionTime{$broker}'))} / 1000`,
    aggregate: {
      kind: 'instant',
      query: `${sumBy(perBroker, runRate('java_lang_GarbageCollector_CollectionTime{$broker}'))} / 1000`,
    },
    by: perBroker,
  },
  gauge({
    id: 'broker_threads',
    title: 'Broker threads',
    description: "Threads of a broker's JVM.",
    unit: 'count',
    better: 'neither',
    series: 'max by (broker) (java_lang_Threading_ThreadCount{$broker})',
    by: perBroker,
  }),
  gauge({
    id: 'broker_open_files',
    title: 'Broker open files',
    description: 'File descriptors that a broker holds: segments, indexes, connections.',
    unit: 'count',
    better: 'neither',
    series: 'max by (broker) (java_lang_OperatingSystem_OpenFileDescriptorCount{$broker})',
    by: perBroker,
  }),
];

/** Metrics of the brokers, request times aside. */
export const jmxMetrics: readonly Metric[] = [
  ...topicMeters.map((entry) => meter(entry, '$topic,$broker', perTopic)),
  // the beans of a whole broker have no topic label
  ...brokerMeters.map((entry) => meter(entry, 'topic="",$broker', perBroker)),
  ...clusterHealth,
  ...busyness,
  ...log,
  ...jvm,
];
