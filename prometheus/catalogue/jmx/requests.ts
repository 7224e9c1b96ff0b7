// Where the time of a broker's requests goes, over JMX: total, queue, local, remote, response; and requests and errors by type.
import type { Metric } from '../../metric.ts';
import { growth, rate, sumBy, windowMean } from '../../promql.ts';
import { jmx, perBroker } from './gauge.ts';

const types = {
  Produce: { id: 'produce', who: 'producers', mayBeEmpty: 'nothing is being produced' },
  FetchConsumer: { id: 'fetch_consumer', who: 'consumers', mayBeEmpty: 'nothing is being consumed' },
  FetchFollower: { id: 'fetch_follower', who: 'followers', mayBeEmpty: 'one broker has no followers' },
} as const;

const parts = {
  TotalTimeMs: { id: 'total', what: 'total time', why: 'from the arrival of the request to the end of its answer' },
  RequestQueueTimeMs: { id: 'request_queue', what: 'request queue time', why: 'waiting for an I/O thread' },
  LocalTimeMs: { id: 'local', what: 'local time', why: 'worked on by the leader' },
  RemoteTimeMs: {
    id: 'remote',
    what: 'remote time',
    why: 'waiting for others: followers when producing with acks=all, new messages when fetching',
  },
  ResponseQueueTimeMs: { id: 'response_queue', what: 'response queue time', why: 'waiting for a network thread' },
  ResponseSendTimeMs: { id: 'response_send', what: 'response send time', why: 'writing the answer to the socket' },
} as const;

const means: readonly Metric[] = Object.entries(types).flatMap(([request, type]) =>
  Object.entries(parts).map(([bean, part]): Metric => {
    const mean = (window: '$interval' | '$range'): string =>
      `${windowMean('kafka_network_RequestMetrics', `name="${bean}",request="${request}",$broker`, window)} / 1000`;
    return {
      ...jmx,
      id: `${type.id}_${part.id}_time_mean`,
      title: `${request} ${part.what}`,
      description: `Mean per request of ${type.who}: ${part.why}.`,
      unit: 'seconds',
      better: type.id === 'produce' || part.id !== 'total' ? 'lower' : 'neither',
      compare: 'ratio',
      series: labelled(mean('$interval')),
      aggregate: { kind: 'instant', query: labelled(mean('$range')) },
      by: perBroker,
      mayBeEmpty: type.mayBeEmpty,
    };
  }),
);

/** One series per broker, without the bean's own labels. */
function labelled(expression: string): string {
  return `max by (broker) (${expression})`;
}

const percentiles: readonly Metric[] = Object.entries(types).map(([request, type]) => ({
  ...jmx,
  id: `${type.id}_total_time_p99`,
  title: `${request} total time p99`,
  description:
    "99th percentile over the broker's decaying sample of the last minutes: not of the run, and never averaged over brokers.",
  unit: 'seconds',
  better: type.id === 'produce' ? 'lower' : 'neither',
  compare: 'ratio',
  series: `max by (broker) (kafka_network_RequestMetrics_99thPercentile{name="TotalTimeMs",request="${request}",$broker}) / 1000`,
  aggregate: { kind: 'reduce', how: 'last' },
  by: perBroker,
}));

/** Metrics of a broker's requests. */
export const requestMetrics: readonly Metric[] = [
  ...means,
  ...percentiles,
  {
    ...jmx,
    id: 'broker_requests',
    title: 'Requests per second by type',
    description: "Requests that the brokers answered, per type, the controllers' included.",
    unit: '1/s',
    better: 'neither',
    compare: 'ratio',
    series: sumBy(['request'], rate('kafka_network_RequestMetrics_Count{name="RequestsPerSec",$broker}')),
    aggregate: {
      kind: 'instant',
      query: `${sumBy(['request'], growth('kafka_network_RequestMetrics_Count{name="RequestsPerSec",$broker}'))} / $seconds`,
    },
    by: ['request'],
  },
  {
    ...jmx,
    id: 'broker_errors',
    title: 'Request errors per second',
    description: 'Error codes that the brokers answered with, per type of request; a rebalance gives some.',
    unit: '1/s',
    better: 'lower',
    compare: 'difference',
    series: sumBy(
      ['request', 'error'],
      rate('kafka_network_RequestMetrics_Count{name="ErrorsPerSec",error!="NONE",$broker}'),
    ),
    aggregate: {
      kind: 'instant',
      query: `${sumBy(['request', 'error'], growth('kafka_network_RequestMetrics_Count{name="ErrorsPerSec",error!="NONE",$broker}'))} / $seconds`,
    },
    by: ['request', 'error'],
    mayBeEmpty: 'no request was answered with an error',
  },
];
