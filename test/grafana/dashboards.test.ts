// Dashboards and provisioning as Grafana reads them.
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { dashboardSpecs, dashboards } from '../../grafana/dashboards.ts';
import { datasourceUid, renderDashboardProvider, renderDatasource } from '../../grafana/provisioning.ts';
import { panelQuery, variables } from '../../grafana/query.ts';
import { catalogue, metric } from '../../prometheus/catalogue.ts';

const target = z.object({
  expr: z.string(),
  legendFormat: z.string().min(1),
  datasource: z.object({ uid: z.string() }),
});
const panel = z.object({
  id: z.int(),
  type: z.enum(['row', 'timeseries', 'stat']),
  title: z.string().min(1),
  description: z.string().optional(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(target).default([]),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().optional() }) }).optional(),
});
const dashboardJson = z.object({
  uid: z.string(),
  title: z.string(),
  editable: z.literal(false),
  panels: z.array(panel),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })).default([]) }).optional(),
});

/** As Grafana gets it: through JSON. */
const asRead = dashboards.map(({ json }) => dashboardJson.parse(JSON.parse(JSON.stringify(json))));

/** A query with Grafana's variables filled in, as Grafana does before it asks Prometheus. */
function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '20s').replaceAll(/\$[a-z]+/g, '.+');
}

function isPromQl(query: string): boolean {
  let valid = true;
  parser.parse(query).iterate({
    enter: ({ type }) => {
      if (type.isError) valid = false;
    },
  });
  return valid;
}

describe.each(dashboards.map((entry) => [entry.uid, entry] as const))('%s', (uid, { json }) => {
  it('is what it was', async () => {
    await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot(`golden/${uid}.json`);
  });
});

describe.each(asRead.map((entry) => [entry.uid, entry] as const))('%s', (uid, dashboard) => {
  const spec = dashboardSpecs.find((entry) => entry.uid === uid);
  const charts = dashboard.panels.filter(({ type }) => type !== 'row');

  it('takes every query from the catalogue', () => {
    const known = new Set(catalogue.map((entry) => panelQuery(entry, spec?.variables ?? [])));
    const queries = charts.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.filter((query) => !known.has(query))).toEqual([]);
  });

  it('asks in PromQL, with no variable that it does not offer', () => {
    const offered = new Set(['__rate_interval', ...(dashboard.templating?.list ?? []).map(({ name }) => name)]);
    for (const { expr } of charts.flatMap(({ targets }) => targets)) {
      const used = [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name ?? '');
      expect(used.filter((name) => !offered.has(name))).toEqual([]);
      expect([expr, isPromQl(filledIn(expr))]).toEqual([expr, true]);
    }
  });

  it('shows metrics of one unit in one panel', () => {
    for (const row of spec?.rows ?? []) {
      for (const { metrics, title } of row.panels) {
        const units = new Set(metrics.map(({ id }) => metric(id).unit));
        expect([title, ...units]).toHaveLength(2);
      }
    }
  });

  it('has a description, a unit and the fixed data source in every panel', () => {
    for (const { title, description, fieldConfig, targets } of charts) {
      expect([title, description]).toEqual([title, expect.stringMatching(/.{10,}/)]);
      expect([title, fieldConfig?.defaults.unit]).toEqual([title, expect.any(String)]);
      expect(targets.map(({ datasource }) => datasource.uid)).toEqual(targets.map(() => datasourceUid));
    }
  });

  it('has panels that do not overlap', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('the dashboards together', () => {
  /** Panels that the sources of this lab show, by dashboard; a panel may be called otherwise, its figure has to be there. */
  const asked: Readonly<Record<string, readonly string[]>> = {
    'kafka-monitoring': [
      // open monitoring of MSK
      'offline_partitions',
      'isr_shrinks',
      'isr_expands',
      'log_flush_mean',
      'total_topics',
      'preferred_replica_imbalance',
      'total_partitions',
      'fetch_queue_size',
      'topic_messages_in',
      'replication_bytes_in',
      'replication_bytes_out',
      'produce_requests',
      'topic_under_replicated',
      'active_controllers',
      'controller_metadata_errors',
      'broker_bytes_in',
      'broker_bytes_out',
      'broker_requests',
      'network_processor_idle',
      'broker_errors',
      // broker, producer, consumer and follower latency
      'brokers',
      ...['produce', 'fetch_consumer', 'fetch_follower'].flatMap((request) =>
        ['total', 'request_queue', 'local', 'remote', 'response_queue', 'response_send'].map(
          (part) => `${request}_${part}_time_mean`,
        ),
      ),
      // kafka-exporter
      'topic_offset_rate',
      'consumer_lag_max',
      'topic_offset_per_minute',
      'consumption_per_minute',
      'topic_partitions',
    ],
    'docker-monitoring': [
      'container_cpu',
      'container_memory',
      'container_network_in',
      'container_network_out',
      'container_fs_usage',
    ],
    'k6-monitoring': ['http_request_rate', 'http_latency_p95', 'http_failure_ratio', 'vus', 'dropped_iteration_rate'],
    'host-monitoring': ['host_cpu_busy', 'host_memory_used', 'host_disk_read', 'host_network_in', 'host_load1'],
  };

  it.each(Object.entries(asked))('%s shows what its sources ask for', (uid, ids) => {
    const spec = dashboardSpecs.find((entry) => entry.uid === uid);
    const shown = new Set(
      spec?.rows.flatMap(({ panels }) => panels.flatMap(({ metrics }) => metrics.map(({ id }) => id))),
    );
    expect(ids.filter((id) => !shown.has(id))).toEqual([]);
  });

  it('have ids and titles of their own', () => {
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
    expect(dashboards.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Kafka Monitoring', 'Docker Monitoring', 'k6 Monitoring']),
    );
  });

  it("offer no internal topics: All is the topics that are listed, and those of Kafka's own are not", () => {
    const { all, regex } = variables.topic;
    expect(all).toBe('listed');
    const [, pattern] = /^\/(.*)\/$/.exec(regex ?? '') ?? [];
    expect(['orders', '__consumer_offsets'].filter((topic) => new RegExp(pattern ?? '').test(topic))).toEqual([
      'orders',
    ]);
  });
});

describe('provisioning', () => {
  it('gives the data source a fixed uid and the scrape interval', async () => {
    await expect(renderDatasource('5s')).toMatchFileSnapshot('golden/datasource.yaml');
    expect(parse(renderDatasource('15s')).datasources[0].jsonData.timeInterval).toBe('15s');
  });

  it('keeps dashboards read-only', async () => {
    await expect(renderDashboardProvider()).toMatchFileSnapshot('golden/provider.yaml');
  });
});
