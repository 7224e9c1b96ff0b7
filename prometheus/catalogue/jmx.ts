// What the brokers say of themselves, over JMX.
import type { Metric } from '../metric.ts';
import { brokerMetrics } from './jmx/broker.ts';
import { clusterMetrics } from './jmx/cluster.ts';
import { requestMetrics } from './jmx/requests.ts';
import { trafficMetrics } from './jmx/traffic.ts';

/** Metrics of the brokers. */
export const jmxMetrics: readonly Metric[] = [
  ...trafficMetrics,
  ...clusterMetrics,
  ...brokerMetrics,
  ...requestMetrics,
];
