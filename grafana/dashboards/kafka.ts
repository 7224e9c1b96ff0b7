// Kafka Monitoring: the cluster's health, traffic, lag, and where the brokers' time goes.
import { above, any, below, chart, type DashboardSpec, type PanelSpec, stat } from '../spec.ts';

const parts = ['request_queue', 'local', 'remote', 'response_queue', 'response_send'] as const;

/** Total time of a type of request, split into its parts: means, so they add up. */
function split(request: 'produce' | 'fetch_consumer' | 'fetch_follower', title: string): PanelSpec {
  return chart(
    parts.map((part) => ({ id: `${request}_${part}_time_mean`, legend: part.replace('_', ' ') })),
    {
      title,
      stacked: true,
      description:
        'Mean time per request, stacked: queue, worked on, waiting for others, answer. The sum is the total time.',
    },
  );
}

function total(request: 'produce' | 'fetch_consumer' | 'fetch_follower', title: string): PanelSpec {
  return chart(
    [
      { id: `${request}_total_time_mean`, legend: 'mean' },
      { id: `${request}_total_time_p99`, legend: 'p99' },
    ],
    {
      title,
      description: "Mean over the interval; p99 over the broker's own sample of the last minutes, which lags behind.",
    },
  );
}

export const kafkaMonitoring: DashboardSpec = {
  uid: 'kafka-monitoring',
  title: 'Kafka Monitoring',
  description: 'Brokers, topics and consumer groups, from the JMX exporters and kafka-exporter.',
  variables: ['broker', 'topic', 'group'],
  rows: [
    {
      title: 'Is the cluster whole?',
      panels: [
        stat('brokers', { thresholds: below(1, 1), width: 3 }),
        stat('active_controllers', { thresholds: below(1, 1), width: 3 }),
        stat('offline_partitions', { thresholds: any, width: 3 }),
        stat('under_replicated_partitions', { thresholds: any, width: 3 }),
        stat('preferred_replica_imbalance', { thresholds: above(1, 10), width: 3 }),
        stat('controller_metadata_errors', { thresholds: any, width: 3 }),
        stat('total_topics', { width: 3 }),
        stat('total_partitions', { width: 3 }),
      ],
    },
    {
      title: 'What goes in and out?',
      panels: [
        chart('topic_messages_in'),
        chart('topic_bytes_in'),
        chart('topic_bytes_out'),
        chart(
          [
            { id: 'broker_bytes_in', legend: 'in' },
            { id: 'broker_bytes_out', legend: 'out' },
          ],
          { title: 'Network bytes in and out', description: 'Bytes per second to and from clients, per broker.' },
        ),
        chart(
          [
            { id: 'replication_bytes_in', legend: 'in' },
            { id: 'replication_bytes_out', legend: 'out' },
          ],
          {
            title: 'Replication bytes in and out',
            description: 'Bytes per second between brokers; 0 with one broker.',
          },
        ),
        chart('broker_requests'),
        chart('produce_requests'),
        chart('fetch_requests'),
        chart('broker_errors'),
        chart(
          [
            { id: 'produce_requests_failed', legend: 'produce' },
            { id: 'fetch_requests_failed', legend: 'fetch' },
          ],
          { title: 'Failed requests', description: 'Produce and fetch requests per second that ended in an error.' },
        ),
      ],
    },
    {
      title: 'Do the consumers keep up?',
      panels: [
        chart('consumer_lag_max'),
        chart('consumer_lag_partition'),
        chart('group_members'),
        chart('topic_offset_rate', { title: 'Message in per second' }),
        chart('topic_offset_per_minute', { title: 'Message in per minute' }),
        chart('topic_messages'),
        chart('consumption_rate'),
        chart('consumption_per_minute', { title: 'Message consume per minute' }),
        chart('topic_partitions', { title: 'Partitions per topic' }),
      ],
    },
    {
      title: 'Where does the time of a request go?',
      panels: [
        total('produce', 'Producer latency (Produce total time)'),
        total('fetch_consumer', 'Consumer latency (FetchConsumer total time)'),
        total('fetch_follower', 'Follower latency (FetchFollower total time)'),
        split('produce', 'Produce, split'),
        split('fetch_consumer', 'FetchConsumer, split'),
        split('fetch_follower', 'FetchFollower, split'),
      ],
    },
    {
      title: 'Are the brokers busy?',
      panels: [
        chart('request_handler_idle', { thresholds: below(0.5, 0.3) }),
        chart('network_processor_idle', { thresholds: below(0.5, 0.3) }),
        chart('purgatory_size'),
        chart('request_queue_size', { thresholds: above(100, 400) }),
        chart('response_queue_size'),
        chart('fetch_queue_size'),
      ],
    },
    {
      title: 'Are the replicas in sync?',
      panels: [
        chart('topic_under_replicated', { thresholds: any }),
        chart('under_replicated_partitions', { title: 'Under-replicated partitions by broker', thresholds: any }),
        chart('under_min_isr_partitions', { thresholds: any }),
        chart(
          [
            { id: 'isr_shrinks', legend: 'shrinks' },
            { id: 'isr_expands', legend: 'expands' },
          ],
          {
            title: 'ISR changes per second',
            description: 'Replicas that fell out of sync and that came back, per broker.',
          },
        ),
        chart(
          [
            { id: 'broker_partitions', legend: 'partitions' },
            { id: 'broker_leaders', legend: 'leaders' },
          ],
          {
            title: 'Partitions and leaders by broker',
            description: 'Replicas that a broker holds, and those it leads.',
          },
        ),
        chart('topic_not_preferred_leaders'),
        chart(
          [
            { id: 'active_brokers', legend: 'active' },
            { id: 'fenced_brokers', legend: 'fenced' },
          ],
          {
            title: 'Brokers, active and fenced',
            description: 'Brokers that send heartbeats, and those that stopped to.',
          },
        ),
        chart(
          [
            { id: 'controller_metadata_errors', legend: 'controller' },
            { id: 'broker_metadata_errors', legend: 'broker' },
          ],
          {
            title: 'Metadata errors',
            description: 'Metadata records that could not be processed; in place of ZooKeeper disconnects.',
          },
        ),
      ],
    },
    {
      title: 'Log and JVM',
      panels: [
        chart(
          [
            { id: 'log_flush_mean', legend: 'mean' },
            { id: 'log_flush_p99', legend: 'p99' },
          ],
          {
            title: 'Log flush latency',
            description:
              "Mean over the interval, empty where nothing was flushed; p99 over the broker's own sample of the last minutes.",
          },
        ),
        chart('log_flush_rate'),
        chart('broker_heap_used'),
        chart('broker_gc_time', { thresholds: above(0.05, 0.2) }),
        chart('broker_threads'),
        chart('broker_open_files'),
      ],
    },
  ],
};
