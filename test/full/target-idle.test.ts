// What the built-in target costs when nothing happens: its Kafka client must not be in the measured path's way.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultConfig } from '../../src/config/schema.ts';
import { said, verb } from '../driver.ts';

/** Share of one core that an idle connection to Kafka may cost. */
const sharePerConnection = 0.005;
/** Long enough for commits, heartbeats, metadata, scrapes and probes to come round several times. */
const windowMs = 30_000;
const prometheus = `http://127.0.0.1:${defaultConfig.ports.prometheus}`;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [timeS: number, value: string])[];
}

/** Raw samples of the gateway and of the workers within the last `windowMs`, by instance. */
async function raw(metric: string): Promise<ReadonlyMap<string, Series['values']>> {
  const query = `${metric}{job=~"gateway|worker"}[${windowMs / 1000 + 10}s]`;
  const answer = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query })}`);
  const { data } = (await answer.json()) as { readonly data: { readonly result: readonly Series[] } };
  return new Map(data.result.map((series) => [series.metric.instance ?? '', series.values]));
}

beforeAll(async () => {
  const up = await verb('up');
  expect(up.exitCode, said(up)).toBe(0);
});

afterAll(() => verb('down', ['--volumes']));

it('idle gateway and workers take at most half a percent of a core per connection', async () => {
  // not a wait for something to happen: the window of the measurement
  await sleep(windowMs + 15_000);
  const cpu = await raw('process_cpu_seconds_total');
  const connections = await raw('target_kafka_connections');
  expect([...cpu.keys()].toSorted()).toEqual(['gateway:8000', 'worker-1:8001']);
  for (const [instance, samples] of cpu) {
    const [startS, before] = samples[0] ?? [0, '0'];
    const [endS, after] = samples.at(-1) ?? [0, '0'];
    expect(endS - startS, `seconds measured of ${instance}`).toBeGreaterThanOrEqual(20);
    const open = Number(connections.get(instance)?.at(-1)?.[1]);
    expect(open, `connections of ${instance}`).toBeGreaterThanOrEqual(3);
    const share = (Number(after) - Number(before)) / (endS - startS);
    expect(share / open, `${instance}: ${share.toFixed(4)} of a core, ${open} connections`).toBeLessThanOrEqual(
      sharePerConnection,
    );
  }
});
