// One JMX exporter per broker, stand-alone: broker and JVM metrics under the names that MSK dashboards expect.
import { jmxExporterImage } from '../images/jmx-exporter/image.ts';
import { renderJmxConfig } from '../jmx-exporter/config.ts';
import { common, published } from './fragment.ts';
import { brokerIds, jmxAddress } from './kafka.ts';
import type { LabContext, Service } from './service.ts';

const port = 5556;

/** The exporters, one for every broker. */
export function jmxExporter(context: LabContext): readonly Service[] {
  const { config } = context;
  return brokerIds(config).map((id) => {
    const name = `jmx-exporter-${id}`;
    const file = `jmx-exporter/kafka-${id}.yaml`;
    const hostPort = config.ports.jmxExporter + id - 1;
    return {
      name,
      component: 'jmx-exporter',
      image: jmxExporterImage,
      compose: {
        ...common(context, name, 'jmx-exporter'),
        networks: ['lab', 'jmx'],
        command: [String(port), '/etc/jmx-exporter/config.yaml'],
        volumes: [`./${file}:/etc/jmx-exporter/config.yaml:ro`],
        ports: [published(hostPort, port)],
        depends_on: { [`kafka-${id}`]: { condition: 'service_healthy' } },
      },
      files: [
        { path: file, content: renderJmxConfig({ ...jmxAddress(id), perPartition: config.kafka.jmxPerPartition }) },
      ],
      scrape: [{ job: 'jmx', targets: [`${name}:${port}`], labels: { broker: String(id) } }],
      ready: { kind: 'series', url: `http://127.0.0.1:${hostPort}/metrics`, series: 'kafka_server_' },
      readyTimeoutMs: 60_000,
      url: `http://127.0.0.1:${hostPort}/metrics`,
    };
  });
}
