// What Grafana reads at its start: the one data source, and where the dashboards lie.
import { stringify } from 'yaml';

/** Fixed, because every panel names it; a provisioned data source without it gets a new one with every database. */
export const datasourceUid = 'prometheus';

/** Where Grafana finds the dashboards' JSON, inside its container. */
export const dashboardsFolder = '/var/lib/grafana/dashboards';

/**
 * The data source file. `timeInterval` is the scrape interval, e.g. 5s: without it Grafana takes it for 15 s, and
 * $__rate_interval, four times that, hides what happens within a minute.
 */
export function renderDatasource(scrapeInterval: string): string {
  return stringify({
    apiVersion: 1,
    datasources: [
      {
        name: 'Prometheus',
        type: 'prometheus',
        uid: datasourceUid,
        url: 'http://prometheus:9090',
        access: 'proxy',
        isDefault: true,
        editable: false,
        jsonData: { timeInterval: scrapeInterval, httpMethod: 'POST' },
      },
    ],
  });
}

/** The provider file: dashboards are code, so they can be looked at and copied, not edited. */
export function renderDashboardProvider(): string {
  return stringify({
    apiVersion: 1,
    providers: [
      {
        name: 'lab',
        orgId: 1,
        folder: 'Kafka load lab',
        folderUid: 'kafka-load-lab',
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        updateIntervalSeconds: 10,
        options: { path: dashboardsFolder },
      },
    ],
  });
}
