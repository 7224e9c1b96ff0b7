// Run overview: one screen per run, one row per question.
import { above, any, below, chart, type DashboardSpec } from '../spec.ts';

export const runOverview: DashboardSpec = {
  uid: 'run-overview',
  title: 'Run overview',
  description: 'Load, latency, lag, brokers and machine of a run on one screen.',
  variables: ['run', 'api', 'topic', 'group'],
  rows: [
    {
      title: 'Is the generator keeping up?',
      panels: [
        chart('http_request_rate', { stacked: true }),
        chart(
          [
            { id: 'vus', legend: 'at work' },
            { id: 'vus_max', legend: 'allocated' },
          ],
          { title: 'Virtual users' },
        ),
        chart('dropped_iteration_rate', { thresholds: above(0.1, 1) }),
      ],
    },
    {
      title: 'Is the system?',
      panels: [
        chart('http_latency_p95'),
        chart('http_failure_ratio', { thresholds: above(0.001, 0.01) }),
        chart('end_to_end_latency_p95'),
        chart('messages_acknowledged'),
        chart('messages_consumed'),
        chart('event_loop_lag_p99', { thresholds: above(0.05, 0.2) }),
      ],
    },
    {
      title: 'Is Kafka?',
      panels: [
        chart('consumer_lag_max'),
        chart('produce_total_time_mean'),
        chart('request_handler_idle', { thresholds: below(0.5, 0.3) }),
        chart('topic_messages_in'),
        chart('topic_bytes_in'),
        chart('under_replicated_partitions', { thresholds: any }),
      ],
    },
    {
      title: 'Is the machine?',
      panels: [
        chart('host_cpu_busy', { thresholds: above(0.7, 0.9) }),
        chart('container_cpu', { stacked: true }),
        chart('container_cpu_throttled', { thresholds: above(0.05, 0.25) }),
        chart('container_memory', { stacked: true }),
        chart('host_memory_available', { thresholds: below(0.2, 0.1) }),
        chart('scrape_up', { thresholds: below(1, 1) }),
      ],
    },
  ],
};
