// Docker Monitoring: what the lab's containers use of the machine, and whether their limits are in the way.
import { above, any, chart, type DashboardSpec, stat } from '../spec.ts';

export const dockerMonitoring: DashboardSpec = {
  uid: 'docker-monitoring',
  title: 'Docker Monitoring',
  description: "CPU, memory, network and disk of the lab's containers, from cAdvisor.",
  variables: ['service'],
  rows: [
    {
      title: 'Who uses the CPU, and who is held back?',
      panels: [
        stat('containers', { width: 4 }),
        stat('container_uptime', { width: 20 }),
        chart('container_cpu', { stacked: true }),
        chart('container_cpu_throttled', { thresholds: above(0.05, 0.25) }),
        chart('container_cpu_limit'),
      ],
    },
    {
      title: 'Who uses the memory?',
      panels: [
        chart('container_memory', { stacked: true }),
        chart('container_memory_share', { thresholds: above(0.8, 0.95) }),
        chart('container_oom_kills', { thresholds: any }),
      ],
    },
    {
      title: 'What goes over the network?',
      panels: [chart('container_network_in'), chart('container_network_out'), chart('container_network_drops')],
    },
    {
      title: 'What goes to disk?',
      panels: [chart('container_disk_read'), chart('container_disk_write'), chart('container_fs_usage')],
    },
  ],
};
