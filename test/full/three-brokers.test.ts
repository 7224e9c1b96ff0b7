// Three brokers: replication, a run whose sums close, and one broker killed hard and brought back.
import { afterAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/config/schema.ts';
import { withAdmin } from '../../src/kafka/connection.ts';
import type { ServiceStatus } from '../../src/lab/status.ts';
import { said, verb } from '../driver.ts';
import { labEngine } from './lab-engine.ts';

async function states(): Promise<Readonly<Record<string, string>>> {
  const rows = JSON.parse((await verb('status', ['--json'])).stdout) as ServiceStatus[];
  return Object.fromEntries(rows.map((row) => [row.service, row.state]));
}

describe.sequential('a lab of three brokers', () => {
  afterAll(() => verb('down', ['--volumes']));

  it('comes up with every service ready', async () => {
    // topics that a lab of one broker left in its volumes would keep their one replica
    await verb('down', ['--volumes']);
    const up = await verb('up', ['--set', 'brokers=3']);
    expect(up.exitCode, said(up)).toBe(0);
    const found = await states();
    expect(Object.keys(found).filter((name) => /^(kafka|jmx-exporter)-\d$/.test(name))).toHaveLength(6);
    expect(Object.values(found).filter((state) => state === 'down' || state === 'not ready')).toEqual([]);
  });

  it('keeps three replicas of every topic, two of them in sync at least', async () => {
    const bootstrap = `127.0.0.1:${defaultConfig.ports.kafka}`;
    const topics = await withAdmin(bootstrap, async (admin) => {
      const metadata = await admin.fetchTopicMetadata({ topics: ['orders', 'payments', 'order-events'] });
      return metadata.topics.flatMap(({ name, partitions }) => partitions.map((p) => `${name} ${p.replicas.length}`));
    });
    expect(topics).toHaveLength(18);
    expect(topics.filter((topic) => !topic.endsWith(' 3'))).toEqual([]);
  });

  it('runs smoke without a further word about brokers, and its sums close', async () => {
    const run = await verb('run', ['smoke', '--label', 'three']);
    expect(run.exitCode, said(run)).toBe(0);
    expect(run.stdout).toMatch(/all \d+ sums close/);
  });

  it('sees a broker that was killed, brings it back, and loses nothing', async () => {
    const engine = await labEngine();
    await engine.getContainer(`${defaultConfig.name}-kafka-2-1`).kill();
    expect((await states())['kafka-2']).toBe('not ready');
    const up = await verb('up', ['--set', 'brokers=3']);
    expect(up.exitCode, said(up)).toBe(0);
    expect((await states())['kafka-2']).toBe('ready');
    const run = await verb('run', ['smoke', '--label', 'revived']);
    expect(run.exitCode, said(run)).toBe(0);
    expect(run.stdout).toMatch(/all \d+ sums close/);
  });
});
