// Queries of panels and variables: the catalogue's, with Grafana's variables where a snapshot has values.
import { everything, type Matcher, type Metric, matcherLabel, substitute } from '../prometheus/catalogue.ts';

/** Variables as viewers see them, and the query that lists their values. */
export const variables: Readonly<Record<Matcher, Variable>> = {
  run: { name: 'testid', label: 'Test run', from: 'k6_vus{testid!=""}', order: 'newest', all: 'none' },
  api: { name: 'api', label: 'API', from: 'k6_http_reqs{testid=~"$testid",name!=""}', order: 'name', all: 'any' },
  topic: {
    name: 'topic',
    label: 'Topic',
    from: 'kafka_topic_partitions',
    order: 'name',
    all: 'listed',
    regex: '/^(?!__).+/',
  },
  group: { name: 'group', label: 'Consumer group', from: 'kafka_consumergroup_lag_sum', order: 'name', all: 'any' },
  broker: { name: 'broker', label: 'Broker', from: 'kafka_server_ReplicaManager_Value', order: 'name', all: 'any' },
  service: {
    name: 'service',
    label: 'Container',
    from: 'container_start_time_seconds{service!=""}',
    order: 'name',
    all: 'any',
  },
};

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** series whose label's values are offered */
  readonly from: string;
  /** run ids begin with their time: the newest one is last by name */
  readonly order: 'name' | 'newest';
  /**
   * What "All" means: any value there is; the values that are listed, which leaves Kafka's internal topics out; or not offered.
   */
  readonly all: 'any' | 'listed' | 'none';
  /** values that are listed, as Grafana wants it */
  readonly regex?: string;
}

/** The query of a panel on a dashboard that has these variables. */
export function panelQuery(metric: Metric, offered: readonly Matcher[]): string {
  const chosen = offered.map((matcher) => [matcher, `${matcherLabel[matcher]}=~"$${variables[matcher].name}"`]);
  return substitute(metric.series, { ...everything, ...Object.fromEntries(chosen), interval: '$__rate_interval' });
}

/** Legend of a metric's series: the values of its labels, and what tells it from the panel's other metrics. */
export function legend(metric: Metric, suffix: string | undefined): string {
  const labels = metric.by.map((label) => `{{${label}}}`);
  return [...labels, ...(suffix ? [suffix] : [])].join(' ') || metric.title;
}

/** Grafana's name for a unit of the catalogue. */
export const grafanaUnit: Readonly<Record<Metric['unit'], string>> = {
  seconds: 's',
  bytes: 'bytes',
  'bytes/s': 'binBps',
  '1/s': 'suffix:/s',
  messages: 'short',
  'messages/s': 'suffix: msg/s',
  'messages/min': 'suffix: msg/min',
  count: 'short',
  ratio: 'percentunit',
  cores: 'suffix: cores',
};
