// Prometheus: scrapes every service that declares a scrape job; its files are rendered from those declarations.
import { prometheusImage } from '../images/prometheus/image.ts';
import { renderRules } from '../prometheus/rules.ts';
import { renderScrapeConfig } from '../prometheus/scrape.ts';
import { common, published } from './fragment.ts';
import type { LabContext, ScrapeJob, Service } from './service.ts';

const port = 9090;

/** Prometheus over the scrape jobs of the other services. */
export function prometheus(context: LabContext, jobs: readonly ScrapeJob[]): Service {
  const { config } = context;
  const url = `http://127.0.0.1:${config.ports.prometheus}`;
  const own: ScrapeJob = { job: 'prometheus', targets: [`localhost:${port}`] };
  return {
    name: 'prometheus',
    component: 'prometheus',
    image: prometheusImage(config.prometheus.build),
    compose: {
      ...common(context, 'prometheus', 'prometheus'),
      // a command replaces the image's own, so the image's defaults are repeated
      command: [
        '--config.file=/etc/prometheus/prometheus.yml',
        '--storage.tsdb.path=/prometheus',
        `--storage.tsdb.retention.time=${config.prometheus.retention}`,
      ],
      volumes: [
        './prometheus/prometheus.yml:/etc/prometheus/prometheus.yml:ro',
        './prometheus/rules.yml:/etc/prometheus/rules.yml:ro',
        'prometheus-data:/prometheus',
      ],
      ports: [published(config.ports.prometheus, port)],
    },
    volumes: { 'prometheus-data': {} },
    files: [
      { path: 'prometheus/prometheus.yml', content: renderScrapeConfig(config.prometheus, [...jobs, own]) },
      { path: 'prometheus/rules.yml', content: renderRules() },
    ],
    scrape: [own],
    ready: { kind: 'targets-up', url },
    readyTimeoutMs: 60_000,
    url,
  };
}
