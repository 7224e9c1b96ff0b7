// Whether a broker is busy, over JMX: idle threads, queues, log flushes, and its JVM.
import type { Metric } from '../../metric.ts';
import { rate, runRate, sumBy, windowMean } from '../../promql.ts';
import { gauge, jmx, perBroker } from './gauge.ts';

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
    ...jmx,
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
    ...jmx,
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
    ...jmx,
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
    ...jmx,
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

/** Metrics of each broker at work. */
export const brokerMetrics: readonly Metric[] = [...busyness, ...log, ...jvm];
