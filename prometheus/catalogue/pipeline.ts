// Whether the measuring itself is sound: scrapes, and the samples that statsd-exporter received, lost or could not read.
import type { Metric } from '../metric.ts';
import { growth, rate, sumBy } from '../promql.ts';

const prometheus = { source: 'prometheus', window: 'run' } as const;
const statsd = { source: 'statsd-exporter', window: 'settled' } as const;
const target = ['job', 'instance'];

/** A counter of losses: how many, in the interval as a series and in the run. */
function losses(selector: string, by: readonly string[]): Pick<Metric, 'series' | 'aggregate' | 'by' | 'unit'> {
  return {
    series: sumBy(by, `increase(${selector}[$interval])`),
    aggregate: { kind: 'instant', query: sumBy(by, `increase(${selector}[$range])`) },
    by,
    unit: 'count',
  };
}

/** A counter of traffic, per second. */
function traffic(selector: string, by: readonly string[]): Pick<Metric, 'series' | 'aggregate' | 'by' | 'unit'> {
  return {
    series: sumBy(by, rate(selector)),
    aggregate: { kind: 'instant', query: `${sumBy(by, growth(selector))} / $seconds` },
    by,
    unit: '1/s',
  };
}

/** Metrics of the measuring itself. */
export const pipelineMetrics: readonly Metric[] = [
  {
    ...prometheus,
    id: 'scrape_up',
    title: 'Scrape health',
    description: '1 while a target answers scrapes; 0 at any time of the run leaves a hole in its figures.',
    unit: 'ratio',
    better: 'higher',
    compare: 'difference',
    gate: true,
    series: 'min by (job, instance) (up)',
    aggregate: { kind: 'instant', query: 'min by (job, instance) (min_over_time(up[$range]))' },
    by: target,
  },
  {
    ...prometheus,
    id: 'scrape_duration',
    title: 'Scrape duration',
    description: 'Time of a scrape; close to the scrape interval, points begin to be missed.',
    unit: 'seconds',
    better: 'lower',
    compare: 'ratio',
    series: 'max by (job, instance) (scrape_duration_seconds)',
    aggregate: { kind: 'instant', query: 'max by (job, instance) (max_over_time(scrape_duration_seconds[$range]))' },
    by: target,
  },
  {
    ...prometheus,
    id: 'scrape_samples',
    title: 'Samples per scrape',
    description: 'Lines that a target exposes.',
    unit: 'count',
    better: 'neither',
    compare: 'ratio',
    series: 'max by (job, instance) (scrape_samples_scraped)',
    aggregate: { kind: 'instant', query: 'max by (job, instance) (max_over_time(scrape_samples_scraped[$range]))' },
    by: target,
  },
  {
    ...prometheus,
    id: 'prometheus_series',
    title: 'Series in Prometheus',
    description: 'Series in memory: what a script with an unnamed dynamic URL makes explode.',
    unit: 'count',
    better: 'neither',
    compare: 'ratio',
    series: 'max(prometheus_tsdb_head_series)',
    aggregate: { kind: 'reduce', how: 'max' },
    by: [],
  },
  {
    ...statsd,
    ...traffic('statsd_exporter_events_total', ['type']),
    id: 'statsd_events',
    title: 'StatsD events per second',
    description: 'Samples that statsd-exporter read, per type.',
    better: 'neither',
    compare: 'ratio',
  },
  {
    ...statsd,
    ...losses('statsd_exporter_udp_packet_drops_total', []),
    id: 'statsd_udp_drops',
    title: 'StatsD packets dropped',
    description:
      "UDP packets dropped from statsd-exporter's own queue. What the kernel drops before it is not in here: 0 is no proof.",
    better: 'lower',
    compare: 'difference',
    gate: true,
  },
  {
    ...statsd,
    id: 'statsd_parse_errors',
    title: 'StatsD parse errors',
    description:
      'Lines, samples and tags that statsd-exporter could not read, or that clash with a metric of another type.',
    unit: 'count',
    better: 'lower',
    compare: 'difference',
    gate: true,
    series: errors((selector) => `increase(${selector}[$interval])`),
    aggregate: { kind: 'instant', query: errors((selector) => `increase(${selector}[$range])`) },
    by: [],
  },
  {
    ...statsd,
    ...traffic('statsd_exporter_unixgram_packets_total', []),
    id: 'statsd_socket_packets',
    title: 'StatsD packets per second by socket',
    description: "Packets over the Unix socket, which is the lab's own way and blocks rather than loses.",
    better: 'neither',
    compare: 'ratio',
  },
  {
    ...statsd,
    ...traffic('statsd_exporter_udp_packets_total', []),
    id: 'statsd_udp_packets',
    title: 'StatsD packets per second by UDP',
    description: 'Packets over UDP, the documented way, which loses some unseen.',
    better: 'neither',
    compare: 'ratio',
  },
  {
    ...statsd,
    id: 'statsd_metrics',
    title: 'StatsD metrics',
    description: 'Names of metrics that statsd-exporter holds, per type.',
    unit: 'count',
    better: 'neither',
    compare: 'difference',
    series: 'max by (type) (statsd_exporter_metrics_total)',
    aggregate: { kind: 'reduce', how: 'last' },
    by: ['type'],
  },
];

/** Some of these counters exist only once they have counted. */
function errors(over: (selector: string) => string): string {
  const counters = ['sample_errors', 'tag_errors', 'events_conflict', 'events_error'];
  return counters
    .map((name) => `(sum(${over(`statsd_exporter_${name}_total`)}) or 0 * sum(statsd_exporter_lines_total))`)
    .join(' + ');
}
