// The same lab on Prometheus 3.5, built from its module: every query of the catalogue has to work there as well.
import { afterAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../prometheus/catalogue.ts';
import { defaultConfig } from '../../src/config/schema.ts';
import { prometheusClient } from '../../src/prometheus/client.ts';
import { verifySnapshot } from '../../src/snapshot/reader.ts';
import { said, verb } from '../driver.ts';

describe.sequential('a lab on Prometheus 3.5', () => {
  // its database cannot be read by 2.42
  afterAll(() => verb('down', ['--volumes']));

  it('comes up', async () => {
    await verb('down', ['--volumes']);
    const up = await verb('up', ['--set', 'prometheus.build="3.5"', '--set', 'images.source=build']);
    expect(up.exitCode, said(up)).toBe(0);
    const version = await prometheusClient(`http://127.0.0.1:${defaultConfig.ports.prometheus}`).version();
    expect(version).toMatch(/^3\.5\./);
  });

  it('measures a run whose sums close, with every metric of the catalogue', async () => {
    const run = await verb('run', ['smoke', '--label', 'prometheus-3-5']);
    expect(run.exitCode, said(run)).toBe(0);
    expect(run.stdout).toMatch(/all \d+ sums close/);
    const folder = /^snapshot (\S+)/m.exec(run.stdout)?.[1] ?? 'none';
    const { aggregates } = await verifySnapshot(folder);
    const mayBeEmpty = new Set(catalogue.filter((metric) => metric.mayBeEmpty).map((metric) => metric.id));
    const empty = aggregates.metrics.filter((metric) => metric.values.length === 0 && !mayBeEmpty.has(metric.id));
    expect(empty.map((metric) => `${metric.id}: ${metric.why ?? ''}`)).toEqual([]);
  });
});
