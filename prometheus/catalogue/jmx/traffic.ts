// What goes through the brokers, over JMX: messages, bytes and requests, per topic and per broker.
import type { Metric, Unit } from '../../metric.ts';
import { growth, rate, runRate, sumBy } from '../../promql.ts';
import { jmx, perBroker } from './gauge.ts';

const perTopic = ['topic'];
// the beans of a topic exist from its first message on
const nothingProduced = 'nothing has been produced yet';
const nothingConsumed = 'nothing has been consumed yet';

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
    mayBeEmpty: nothingProduced,
  },
  {
    id: 'topic_bytes_in',
    title: 'Bytes in per second',
    description: 'Bytes that producers sent, per topic, as compressed.',
    bean: 'BytesInPerSec',
    unit: 'bytes/s',
    mayBeEmpty: nothingProduced,
  },
  {
    id: 'topic_bytes_out',
    title: 'Bytes out per second',
    description: 'Bytes that consumers fetched, per topic; replication not included.',
    bean: 'BytesOutPerSec',
    unit: 'bytes/s',
    mayBeEmpty: nothingConsumed,
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
    id: 'produce_requests',
    title: 'Produce requests per second',
    description: 'Produce requests that a broker received.',
    bean: 'TotalProduceRequestsPerSec',
    unit: '1/s',
  },
  {
    id: 'fetch_requests',
    title: 'Fetch requests per second',
    description: "Fetch requests that a broker received, followers' included.",
    bean: 'TotalFetchRequestsPerSec',
    unit: '1/s',
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
    ...jmx,
    ...rest,
    better,
    compare: better === 'lower' ? 'difference' : 'ratio',
    series: sumBy(by, rate(selector)),
    aggregate: { kind: 'instant', query: total },
    by,
  };
}

/** Metrics of the brokers' traffic. */
export const trafficMetrics: readonly Metric[] = [
  ...topicMeters.map((entry) => meter(entry, '$topic,$broker', perTopic)),
  // the beans of a whole broker have no topic label
  ...brokerMeters.map((entry) => meter(entry, 'topic="",$broker', perBroker)),
];
