// Puts the lab together. The one list of what is in it; compose file, scrape file and status are derived from it.
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { cadvisor } from './cadvisor.ts';
import { grafana } from './grafana.ts';
import { jmxExporter } from './jmx-exporter.ts';
import { k6 } from './k6.ts';
import { kafka } from './kafka.ts';
import { kafkaExporter } from './kafka-exporter.ts';
import { networks } from './network.ts';
import { nodeExporter } from './node-exporter.ts';
import { prometheus } from './prometheus.ts';
import type { GeneratedFile, LabContext, Service, ServiceModule } from './service.ts';
import { statsdExporter } from './statsd-exporter.ts';
import { target } from './target.ts';

/** Who is in the lab, in the order of the status table. Prometheus joins last, over everybody's scrape jobs. */
const modules: readonly ServiceModule[] = [
  kafka,
  target,
  k6,
  kafkaExporter,
  jmxExporter,
  statsdExporter,
  cadvisor,
  nodeExporter,
  grafana,
];

/** A user's own system under test, read from their compose file by `docker compose config`. */
export interface OwnTarget {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** Every service of the lab under this context. */
export function services(context: LabContext): readonly Service[] {
  const all = modules.flatMap((module) => module(context));
  return [...all, prometheus(context, [...all.flatMap((service) => service.scrape ?? []), ...ownScrape(context)])];
}

/** Files to write below .lab/ for these services. */
export function generatedFiles(list: readonly Service[]): readonly GeneratedFile[] {
  return list.flatMap((service) => service.files ?? []);
}

/** The compose file of these services, with an image reference for each. */
export function renderCompose(
  context: LabContext,
  list: readonly Service[],
  reference: (service: Service) => string,
  own?: OwnTarget,
): string {
  const rendered = Object.fromEntries(
    list.map((service) => [service.name, composeService(service, reference(service))]),
  );
  const document = {
    name: context.config.name,
    services: { ...rendered, ...ownServices(own) },
    networks: networks(context.config),
    volumes: { ...Object.assign({}, ...list.map((service) => service.volumes ?? {})), ...own?.volumes },
  };
  return `# Written by lab:up from lab.yaml; changes are overwritten.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function composeService(service: Service, image: string): Readonly<Record<string, unknown>> {
  const hash = createHash('sha256');
  for (const file of service.files ?? []) hash.update(`${file.path}\0${file.content}\0`);
  const labels = service.files ? { labels: { 'kafka-load-lab.files': hash.digest('hex').slice(0, 12) } } : {};
  return { image, ...service.compose, ...labels };
}

/** The user's services keep everything of theirs and join the lab's network as well. */
function ownServices(own: OwnTarget | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(own?.services ?? {}).map(([name, service]) => {
      const joined = service.network_mode === undefined ? { networks: { lab: {} } } : {};
      return [name, { ...service, ...joined }];
    }),
  );
}

function ownScrape({ config }: LabContext): NonNullable<Service['scrape']> {
  if (config.target.kind !== 'compose') return [];
  return config.target.metrics.map((address) => {
    const [target = '', ...path] = address.split('/');
    return { job: 'target', targets: [target], ...(path.length > 0 ? { path: `/${path.join('/')}` } : {}) };
  });
}
