// What cAdvisor says of the lab's containers, by compose service.
import type { Metric } from '../metric.ts';
import { rate, runRate, sumBy } from '../promql.ts';

const base = { source: 'cadvisor', window: 'run' } as const;
const by = ['service'];

/** A counter as a rate per service; over the run, the rate of the whole run. */
function counterRate(selector: string): Pick<Metric, 'series' | 'aggregate' | 'by'> {
  return {
    series: sumBy(by, rate(selector)),
    aggregate: { kind: 'instant', query: sumBy(by, runRate(selector)) },
    by,
  };
}

function throttled(over: (selector: string) => string): string {
  const periods = sumBy(by, over('container_cpu_cfs_periods_total{$service}'));
  return `${sumBy(by, over('container_cpu_cfs_throttled_periods_total{$service}'))} / (${periods} > 0)`;
}

const noLimit = 'no service has a CPU limit, or none was busy';
const noIo = 'cgroups of this kernel do not count I/O, or nothing touched the disk';

/** Metrics of the containers. */
export const containerMetrics: readonly Metric[] = [
  {
    ...base,
    ...counterRate('container_cpu_usage_seconds_total{$service}'),
    id: 'container_cpu',
    title: 'CPU',
    description: 'CPU cores that a container uses.',
    unit: 'cores',
    better: 'lower',
    compare: 'ratio',
  },
  {
    ...base,
    id: 'container_cpu_limit',
    title: 'CPU limit',
    description: 'CPU cores that a container may use.',
    unit: 'cores',
    better: 'neither',
    compare: 'ratio',
    series: 'max by (service) (container_spec_cpu_quota{$service} / (container_spec_cpu_period{$service} > 0))',
    aggregate: { kind: 'reduce', how: 'last' },
    by,
    mayBeEmpty: 'no service has a CPU limit',
  },
  {
    ...base,
    id: 'container_cpu_throttled',
    title: 'CPU throttling',
    description:
      'Share of scheduling periods in which a container ran into its CPU limit: its latencies are then made by the limit.',
    unit: 'ratio',
    better: 'lower',
    compare: 'difference',
    series: throttled(rate),
    aggregate: { kind: 'instant', query: throttled(runRate) },
    by,
    mayBeEmpty: noLimit,
  },
  {
    ...base,
    id: 'container_memory',
    title: 'Memory',
    description: 'Working set: memory in use less the page cache that can be given back. What an OOM kill looks at.',
    unit: 'bytes',
    better: 'lower',
    compare: 'ratio',
    series: sumBy(by, 'container_memory_working_set_bytes{$service}'),
    aggregate: { kind: 'reduce', how: 'max' },
    by,
  },
  {
    ...base,
    id: 'container_memory_share',
    title: 'Memory, share of limit',
    description: 'Working set as a share of the memory limit; at 1 the container is killed.',
    unit: 'ratio',
    better: 'lower',
    compare: 'difference',
    series:
      'sum by (service) (container_memory_working_set_bytes{$service}) / (sum by (service) (container_spec_memory_limit_bytes{$service}) > 0)',
    aggregate: { kind: 'reduce', how: 'max' },
    by,
    mayBeEmpty: 'no service has a memory limit',
  },
  {
    ...base,
    ...counterRate('container_network_receive_bytes_total{$service}'),
    id: 'container_network_in',
    title: 'Network in',
    description: 'Bytes per second that a container receives, all interfaces.',
    unit: 'bytes/s',
    better: 'neither',
    compare: 'ratio',
  },
  {
    ...base,
    ...counterRate('container_network_transmit_bytes_total{$service}'),
    id: 'container_network_out',
    title: 'Network out',
    description: 'Bytes per second that a container sends, all interfaces.',
    unit: 'bytes/s',
    better: 'neither',
    compare: 'ratio',
  },
  {
    ...base,
    ...counterRate('container_network_receive_packets_dropped_total{$service}'),
    id: 'container_network_drops',
    title: 'Packets dropped',
    description: 'Packets per second that did not make it into a container.',
    unit: '1/s',
    better: 'lower',
    compare: 'difference',
  },
  {
    ...base,
    ...counterRate('container_fs_reads_bytes_total{$service}'),
    id: 'container_disk_read',
    title: 'Disk reads',
    description: 'Bytes per second that a container reads from disk.',
    unit: 'bytes/s',
    better: 'neither',
    compare: 'ratio',
    mayBeEmpty: noIo,
  },
  {
    ...base,
    ...counterRate('container_fs_writes_bytes_total{$service}'),
    id: 'container_disk_write',
    title: 'Disk writes',
    description: 'Bytes per second that a container writes to disk.',
    unit: 'bytes/s',
    better: 'neither',
    compare: 'ratio',
    mayBeEmpty: noIo,
  },
  {
    ...base,
    id: 'container_fs_usage',
    title: 'Filesystem',
    description: "Bytes in a container's writable layer; volumes not included.",
    unit: 'bytes',
    better: 'neither',
    compare: 'ratio',
    series: sumBy(by, 'container_fs_usage_bytes{$service}'),
    aggregate: { kind: 'reduce', how: 'last' },
    by,
    mayBeEmpty: "the engine's storage driver does not tell",
  },
  {
    ...base,
    id: 'container_oom_kills',
    title: 'Out-of-memory kills',
    description: 'Times that the kernel killed a process of a container for lack of memory.',
    unit: 'count',
    better: 'lower',
    compare: 'difference',
    series: sumBy(by, 'increase(container_oom_events_total{$service}[$interval])'),
    aggregate: { kind: 'instant', query: sumBy(by, 'increase(container_oom_events_total{$service}[$range])') },
    by,
    mayBeEmpty: 'cAdvisor cannot read /dev/kmsg',
  },
  {
    ...base,
    id: 'container_uptime',
    title: 'Uptime',
    description: 'Time since a container was started; a step down is a restart.',
    unit: 'seconds',
    better: 'neither',
    compare: 'difference',
    series: 'time() - max by (service) (container_start_time_seconds{$service})',
    aggregate: { kind: 'reduce', how: 'min' },
    by,
  },
  {
    ...base,
    id: 'containers',
    title: 'Containers',
    description: 'Containers of the lab that are running.',
    unit: 'count',
    better: 'neither',
    compare: 'difference',
    series: 'count(max by (service) (container_start_time_seconds{$service}))',
    aggregate: { kind: 'reduce', how: 'max' },
    by: [],
  },
];
