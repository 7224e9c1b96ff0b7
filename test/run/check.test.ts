import { describe, expect, it } from 'vitest';
import { quickCheck } from '../../src/run/check.ts';
import { aLab } from './fixture.ts';

interface Target {
  readonly job: string;
  readonly health: 'up' | 'down';
}

/** A network in which everything answers but for `silent`. */
function network(targets: readonly Target[], silent: readonly string[] = [], statuses: Record<string, number> = {}) {
  return (async (input: string | URL | Request) => {
    const url = String(input);
    if (silent.some((start) => url.startsWith(start))) {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    }
    const status = Object.entries(statuses).find(([start]) => url.startsWith(start))?.[1] ?? 200;
    if (!url.includes('/api/v1/targets')) return new Response('', { status });
    const activeTargets = targets.map(({ job, health }) => ({
      labels: { job, instance: `${job}:1` },
      scrapePool: job,
      scrapeUrl: `http://${job}:1/metrics`,
      health,
      lastError: health === 'up' ? '' : 'no route to host',
      lastScrape: '2026-01-02T03:04:05Z',
      lastScrapeDuration: 0.01,
    }));
    return Response.json({ status: 'success', data: { activeTargets } });
  }) as typeof fetch;
}

const up: readonly Target[] = ['statsd', 'kafka', 'gateway', 'worker', 'cadvisor'].map((job) => ({
  job,
  health: 'up',
}));
const down = (job: string): readonly Target[] =>
  up.map((target) => (target.job === job ? { job, health: 'down' } : target));

describe('the check before a run', () => {
  it('has nothing to say when all answer', async () => {
    expect(await quickCheck(aLab('/repo'), network(up))).toEqual([]);
  });

  it('warns of a target that only adds to the picture', async () => {
    expect(await quickCheck(aLab('/repo'), network(down('cadvisor')))).toEqual([
      expect.objectContaining({ code: 'TARGET_DOWN', message: expect.stringContaining('cadvisor:1 is down') }),
    ]);
  });

  it('refuses to run when the samples would go nowhere', async () => {
    await expect(quickCheck(aLab('/repo'), network(down('statsd')))).rejects.toMatchObject({
      code: 'LAB_NOT_READY',
      message: expect.stringContaining('statsd:1 is down (no route to host)'),
      exit: 3,
    });
  });

  it('names everything that does not answer at once', async () => {
    const broken = network(up, ['http://127.0.0.1:9102', 'http://127.0.0.1:9090'], { 'http://127.0.0.1:8000': 503 });
    const fault: Error = await quickCheck(aLab('/repo'), broken).then(
      () => new Error('no fault'),
      (error: Error) => error,
    );
    expect(fault.message).toContain('statsd-exporter does not answer at http://127.0.0.1:9102/metrics');
    expect(fault.message).toContain('prometheus does not answer');
    expect(fault.message).toContain('gateway answers 503 at http://127.0.0.1:8000/healthz');
  });

  it('does without a gateway where the lab has none', async () => {
    const lab = aLab('/repo');
    const { gateway: _, ...addresses } = lab.addresses;
    expect(await quickCheck({ ...lab, addresses }, network(up, ['http://127.0.0.1:8000']))).toEqual([]);
  });
});
