// The dashboards of the lab. A new one goes into dashboards/ and into this list.
import { dockerMonitoring } from './dashboards/docker.ts';
import { hostMonitoring } from './dashboards/host.ts';
import { k6Monitoring } from './dashboards/k6.ts';
import { kafkaMonitoring } from './dashboards/kafka.ts';
import { runOverview } from './dashboards/overview.ts';
import { renderDashboard } from './render.ts';
import type { DashboardSpec } from './spec.ts';

/** A dashboard as Grafana reads it. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly json: unknown;
}

/** What the dashboards show, as plain data. */
export const dashboardSpecs: readonly DashboardSpec[] = [
  runOverview,
  k6Monitoring,
  kafkaMonitoring,
  dockerMonitoring,
  hostMonitoring,
];

/** The dashboards as Grafana's JSON, ready to be written. */
export const dashboards: readonly Dashboard[] = dashboardSpecs.map((spec) => ({
  uid: spec.uid,
  title: spec.title,
  json: renderDashboard(spec),
}));
