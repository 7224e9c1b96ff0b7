// Prometheus' own configuration file, rendered from the scrape jobs that the services declare.
import { stringify } from 'yaml';
import type { ScrapeJob } from '../compose/service.ts';
import type { Config } from '../src/config/schema.ts';

/** prometheus.yml; jobs of the same name become one job with several target groups. Valid for Prometheus 2.42 and 3.x. */
export function renderScrapeConfig(settings: Config['prometheus'], jobs: readonly ScrapeJob[]): string {
  const byName = Map.groupBy(jobs, (job) => `${job.job} ${job.path ?? ''} ${JSON.stringify(job.metricRelabel ?? [])}`);
  return stringify(
    {
      global: { scrape_interval: settings.scrapeInterval, evaluation_interval: settings.scrapeInterval },
      rule_files: ['/etc/prometheus/rules.yml'],
      scrape_configs: [...byName.values()].map((group) => scrapeConfig(settings, group)),
    },
    { lineWidth: 0 },
  );
}

function scrapeConfig(settings: Config['prometheus'], group: readonly ScrapeJob[]): Readonly<Record<string, unknown>> {
  const [first] = group;
  return {
    job_name: first?.job,
    // a scrape that would exceed it fails as a whole and shows as a target that is down: never half of the samples
    sample_limit: settings.sampleLimit,
    ...(first?.path ? { metrics_path: first.path } : {}),
    static_configs: group.map((job) => ({ targets: job.targets, ...(job.labels ? { labels: job.labels } : {}) })),
    ...(first?.metricRelabel ? { metric_relabel_configs: first.metricRelabel } : {}),
  };
}
