// Host: the machine that generator, target, Kafka and watchers share.
import { above, below, chart, type DashboardSpec, stat } from '../spec.ts';

export const hostMonitoring: DashboardSpec = {
  uid: 'host-monitoring',
  title: 'Host',
  description: 'CPU, memory, disks and network of the machine, from node exporter.',
  variables: [],
  rows: [
    {
      title: 'Is there CPU left?',
      panels: [
        stat('host_cpus'),
        stat('host_cpu_busy', { thresholds: above(0.7, 0.9) }),
        stat('host_load1'),
        stat('host_memory_available', { thresholds: below(0.2, 0.1) }),
        stat('host_memory_used', { width: 8 }),
        chart('host_cpu_busy', { thresholds: above(0.7, 0.9) }),
        chart('host_cpu_mode', { stacked: true }),
        chart('host_load1'),
        chart('host_cpu_pressure', { thresholds: above(0.1, 0.5) }),
      ],
    },
    {
      title: 'Memory, disks, network',
      panels: [
        chart('host_memory_used'),
        chart('host_filesystem_free', { thresholds: below(0.2, 0.1) }),
        chart('host_disk_busy', { thresholds: above(0.7, 0.9) }),
        chart(
          [
            { id: 'host_disk_read', legend: 'read' },
            { id: 'host_disk_write', legend: 'write' },
          ],
          { title: 'Disk traffic', description: 'Bytes per second, per disk.' },
        ),
        chart(
          [
            { id: 'host_network_in', legend: 'in' },
            { id: 'host_network_out', legend: 'out' },
          ],
          {
            title: 'Network traffic',
            description: "Bytes per second, per interface; the containers' own bridges not included.",
          },
        ),
      ],
    },
  ],
};
