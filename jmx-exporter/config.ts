// The JMX exporter's configuration: which beans of a broker are read, and under which names they come out.
import { stringify } from 'yaml';

export interface JmxConfigOptions {
  /** where the broker's JMX answers */
  readonly host: string;
  readonly port: number;
  /** also read the beans of every partition: one remote call each, some 12 per partition */
  readonly perPartition: boolean;
}

/** Beans that are read, and who reads them. */
export interface IncludedBeans {
  /** a JMX ObjectName pattern */
  readonly objectName: string;
  /** the figures that come from it */
  readonly why: string;
}

const requestTypes = ['Produce', 'FetchConsumer', 'FetchFollower'] as const;

/** Read for every topic: three beans of each. */
const topicMeters: Readonly<Record<string, string>> = {
  MessagesInPerSec: 'messages in, per topic and broker',
  BytesInPerSec: 'bytes in, per topic and broker',
  BytesOutPerSec: 'bytes out, per topic and broker',
};

/** Read for a broker as a whole. */
const brokerMeters: Readonly<Record<string, string>> = {
  ReplicationBytesInPerSec: 'replication bytes in',
  ReplicationBytesOutPerSec: 'replication bytes out',
  TotalProduceRequestsPerSec: 'produce requests per second',
  TotalFetchRequestsPerSec: 'fetch requests per second',
  FailedProduceRequestsPerSec: 'failed produce requests',
  FailedFetchRequestsPerSec: 'failed fetch requests',
};

/**
 * The include-list. What is not on it is never fetched, which keeps a scrape short: a broker has some 11,000 attributes,
 * 8,000 of them histograms of request types that no panel shows.
 */
export const includedBeans: readonly IncludedBeans[] = [
  ...Object.entries(topicMeters).map(([name, why]) => ({
    objectName: `kafka.server:type=BrokerTopicMetrics,name=${name},*`,
    why,
  })),
  ...Object.entries(brokerMeters).map(([name, why]) => ({
    objectName: `kafka.server:type=BrokerTopicMetrics,name=${name}`,
    why,
  })),
  {
    objectName: 'kafka.server:type=ReplicaManager,*',
    why: 'under-replicated partitions, partitions and leaders per broker, ISR shrinks and expands',
  },
  { objectName: 'kafka.server:type=KafkaRequestHandlerPool,*', why: 'request-handler idle' },
  { objectName: 'kafka.server:type=DelayedOperationPurgatory,*', why: 'purgatory size, per operation' },
  { objectName: 'kafka.server:type=Fetch', why: 'fetch queue size (throttled by quota)' },
  { objectName: 'kafka.server:type=Produce', why: 'produce queue size (throttled by quota)' },
  { objectName: 'kafka.server:type=broker-metadata-metrics', why: 'metadata errors of a broker, metadata lag' },
  {
    objectName: 'kafka.controller:type=KafkaController,*',
    why: 'active controllers, offline partitions, topics, partitions, preferred replica imbalance, metadata errors',
  },
  { objectName: 'kafka.network:type=RequestMetrics,name=RequestsPerSec,*', why: 'requests per second, per type' },
  { objectName: 'kafka.network:type=RequestMetrics,name=ErrorsPerSec,*', why: 'errors per second, per type and error' },
  ...requestTypes.map((request) => ({
    objectName: `kafka.network:type=RequestMetrics,name=*TimeMs,request=${request}`,
    why: `${request}: total time and its parts (queue, local, remote, response)`,
  })),
  { objectName: 'kafka.network:type=RequestChannel,*', why: 'request and response queue size' },
  {
    objectName: 'kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent',
    why: 'network-processor idle',
  },
  { objectName: 'kafka.log:type=LogFlushStats,*', why: 'log flush latency and rate' },
  { objectName: 'java.lang:type=Memory', why: 'heap of the broker' },
  { objectName: 'java.lang:type=GarbageCollector,*', why: 'garbage collection of the broker' },
  { objectName: 'java.lang:type=Threading', why: 'threads of the broker' },
  { objectName: 'java.lang:type=OperatingSystem', why: 'CPU and open files of the broker' },
];

/** Beans of every partition; only behind `kafka.jmxPerPartition`. */
export const perPartitionBeans: readonly IncludedBeans[] = [
  {
    objectName: 'kafka.cluster:type=Partition,*',
    why: 'replicas, in-sync replicas, under-replication of every partition',
  },
  { objectName: 'kafka.log:type=Log,*', why: 'size, offsets, segments of every partition' },
];

/** The exporter's YAML for one broker. */
export function renderJmxConfig({ host, port, perPartition }: JmxConfigOptions): string {
  const beans = [...includedBeans, ...(perPartition ? perPartitionBeans : [])];
  const includes = beans.map(({ objectName, why }) => `  # ${why}\n  - ${JSON.stringify(objectName)}`).join('\n');
  // The first rule that matches wins; what none matches is dropped: of the last garbage collection alone 80 lines.
  const rules = [
    // No name: domain_type_attribute with the other properties as labels, which is what MSK's dashboards expect.
    { pattern: 'kafka\\..*' },
    { pattern: 'java\\.lang<type=.*' },
    // A collector's name would become part of the metric's name, which no query could sum over.
    {
      pattern: 'java\\.lang<name=([^,>]+), type=GarbageCollector><>(CollectionCount|CollectionTime)',
      name: 'java_lang_GarbageCollector_$2',
      labels: { name: '$1' },
    },
  ];
  return [
    '# Written by the lab. One exporter per broker, over JMX on a network of their own.',
    stringify({ hostPort: `${host}:${port}` }).trimEnd(),
    'includeObjectNames:',
    includes,
    stringify({ rules }, { lineWidth: 0 }).trimEnd(),
    '',
  ].join('\n');
}
