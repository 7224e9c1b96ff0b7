// kafka-exporter: offsets and consumer group lag, which the brokers' own JMX does not know.
import { kafkaExporterImage } from '../images/kafka-exporter/image.ts';
import { common, published } from './fragment.ts';
import { brokerIds } from './kafka.ts';
import type { LabContext, Service } from './service.ts';

const port = 9308;

/** The exporter; it exits when Kafka cannot be reached at its start, hence depends_on. */
export function kafkaExporter(context: LabContext): readonly Service[] {
  const { config } = context;
  const ids = brokerIds(config);
  const url = `http://127.0.0.1:${config.ports.kafkaExporter}/metrics`;
  return [
    {
      name: 'kafka-exporter',
      component: 'kafka-exporter',
      image: kafkaExporterImage,
      compose: {
        ...common(context, 'kafka-exporter', 'kafka-exporter'),
        // the default of 30 s would hide a new topic for that long
        command: [...ids.map((id) => `--kafka.server=kafka-${id}:9092`), '--refresh.metadata=5s'],
        ports: [published(config.ports.kafkaExporter, port)],
        depends_on: Object.fromEntries(ids.map((id) => [`kafka-${id}`, { condition: 'service_healthy' }])),
      },
      scrape: [{ job: 'kafka', targets: [`kafka-exporter:${port}`] }],
      ready: { kind: 'series', url, series: `kafka_brokers ${ids.length}` },
      readyTimeoutMs: 60_000,
      url,
    },
  ];
}
