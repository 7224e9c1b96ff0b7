// Grafana with the lab's data source and dashboards; where no container registry answers, the lab does without.

import { dashboards } from '../grafana/dashboards.ts';
import { renderDashboardProvider, renderDatasource } from '../grafana/provisioning.ts';
import { grafanaImage } from '../images/grafana/image.ts';
import { common, published } from './fragment.ts';
import type { GeneratedFile, LabContext, Service } from './service.ts';

const port = 3000;

/** Where the generated admin password lies, below .lab/; `lab:up` makes it once, mode 0600. */
export const grafanaPasswordFile = 'grafana/admin-password';

/** Grafana, unless lab.yaml turns it off. */
export function grafana(context: LabContext): readonly Service[] {
  const { config } = context;
  if (!config.services.grafana) return [];
  const url = `http://127.0.0.1:${config.ports.grafana}`;
  const provisioning = 'grafana/provisioning';
  const files: readonly GeneratedFile[] = [
    { path: `${provisioning}/datasources/lab.yaml`, content: renderDatasource(config.prometheus.scrapeInterval) },
    { path: `${provisioning}/dashboards/lab.yaml`, content: renderDashboardProvider() },
    ...dashboards.map(({ uid, json }) => ({
      path: `grafana/dashboards/${uid}.json`,
      content: `${JSON.stringify(json, null, 2)}\n`,
    })),
  ];
  return [
    {
      name: 'grafana',
      component: 'grafana',
      image: grafanaImage,
      optional: true,
      compose: {
        ...common(context, 'grafana', 'grafana'),
        // the password file belongs to the user and is 0600: run as that user, with the group that Grafana expects
        ...(context.uid >= 0 ? { user: `${context.uid}:0` } : {}),
        environment: {
          GF_SECURITY_ADMIN_PASSWORD__FILE: '/run/lab/admin-password',
          GF_ANALYTICS_REPORTING_ENABLED: 'false',
          GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
          GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
        },
        volumes: [
          `./${grafanaPasswordFile}:/run/lab/admin-password:ro`,
          `./${provisioning}:/etc/grafana/provisioning:ro`,
          './grafana/dashboards:/var/lib/grafana/dashboards:ro',
        ],
        ports: [published(config.ports.grafana, port)],
      },
      files,
      ready: { kind: 'http', url: `${url}/api/health` },
      readyTimeoutMs: 90_000,
      url,
    },
  ];
}
