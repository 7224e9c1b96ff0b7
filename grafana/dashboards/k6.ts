// k6 Monitoring: load, latency and failures per API as the client saw them, and whether the measuring itself is sound.
import { above, any, below, chart, type DashboardSpec, stat } from '../spec.ts';

const phases = ['blocked', 'connecting', 'tls_handshaking', 'sending', 'waiting', 'receiving'] as const;

export const k6Monitoring: DashboardSpec = {
  uid: 'k6-monitoring',
  title: 'k6 Monitoring',
  description: 'One or several test runs, per API. From k6 over statsd-exporter.',
  variables: ['run', 'api'],
  rows: [
    {
      title: 'Does the generator keep up?',
      panels: [
        stat('vus'),
        stat('iteration_rate'),
        stat('dropped_iterations', { thresholds: any }),
        stat('data_sent'),
        stat('data_received'),
        stat('prometheus_series', { thresholds: above(100_000, 500_000) }),
        chart(
          [
            { id: 'vus', legend: 'at work' },
            { id: 'vus_max', legend: 'allocated' },
          ],
          {
            title: 'Virtual users',
            description: 'At work, and allocated: where the two meet, an arrival rate can no longer be kept.',
          },
        ),
        chart(
          [
            { id: 'iteration_rate', legend: 'done' },
            { id: 'dropped_iteration_rate', legend: 'dropped' },
          ],
          {
            title: 'Iterations',
            description: 'Passes of the script per second, and those that could not be started in time.',
          },
        ),
        chart(
          [
            { id: 'iteration_duration_p50', legend: 'p50' },
            { id: 'iteration_duration_p95', legend: 'p95' },
            { id: 'iteration_duration_p99', legend: 'p99' },
          ],
          { title: 'Iteration duration' },
        ),
      ],
    },
    {
      title: 'How many requests, and how many fail?',
      panels: [
        chart('http_request_rate', { stacked: true }),
        chart('http_failure_ratio', { thresholds: above(0.001, 0.01) }),
        chart('http_responses'),
        chart('http_errors'),
        chart('checks'),
        chart('check_failure_ratio', { thresholds: above(0.001, 0.01) }),
      ],
    },
    {
      title: 'How long do they take?',
      panels: [
        chart('http_latency_p50'),
        chart('http_latency_p95'),
        chart('http_latency_p99'),
        chart('http_latency_mean'),
        ...phases.map((phase) => chart(`http_${phase}_mean`)),
        chart(
          [
            { id: 'data_sent', legend: 'sent' },
            { id: 'data_received', legend: 'received' },
          ],
          { title: 'Data', description: 'Bytes per second that k6 sent and received.' },
        ),
      ],
    },
    {
      title: 'What does the system under test say?',
      panels: [
        chart('server_request_rate', { stacked: true }),
        chart('server_latency_p95'),
        chart('server_error_ratio', { thresholds: above(0.001, 0.01) }),
      ],
    },
    {
      title: 'Is the measuring sound?',
      panels: [
        chart('statsd_events'),
        chart(
          [
            { id: 'statsd_socket_packets', legend: 'socket' },
            { id: 'statsd_udp_packets', legend: 'UDP' },
          ],
          {
            title: 'StatsD packets',
            description: 'Packets per second by the way they came. What the kernel drops of UDP shows nowhere.',
          },
        ),
        chart('statsd_udp_drops', { thresholds: any }),
        chart('statsd_parse_errors', { thresholds: any }),
        chart('scrape_up', { thresholds: below(1, 1) }),
        chart('scrape_duration', { thresholds: above(1, 4) }),
        chart('scrape_samples'),
      ],
    },
  ],
};
