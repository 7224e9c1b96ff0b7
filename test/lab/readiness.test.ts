// Readiness: conditions that hold or say why not, and a wait that ends at the first sign of death.
import { describe, expect, it } from 'vitest';
import type { Readiness, Service } from '../../compose/service.ts';
import { LabError } from '../../src/errors.ts';
import type { ContainerState } from '../../src/lab/containers.ts';
import { check, type Probes, waitReady } from '../../src/lab/readiness.ts';

const running: ContainerState = {
  id: 'c1',
  service: 'x',
  state: 'running',
  health: undefined,
  status: 'Up 2 seconds',
  image: 'x',
  publishedPorts: [],
};

type Answers = Readonly<Record<string, string | number>>;

function probes(answers: Answers = {}, overrides: Partial<Probes> = {}): Probes {
  let nowMs = 0;
  return {
    fetch: async (url) => {
      const answer = answers[String(url)];
      if (answer === undefined) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      return typeof answer === 'number' ? new Response('', { status: answer }) : new Response(answer);
    },
    containers: async () => new Map([['x', running]]),
    log: async () => 'last words',
    exec: async () => 1,
    brokerCount: async () => 1,
    // every look at the clock takes a second
    now: () => (nowMs += 1_000),
    ...overrides,
  };
}

const url = 'http://127.0.0.1:1/metrics';
const targets = (...health: string[]): string =>
  JSON.stringify({
    data: {
      activeTargets: health.map((h, i) => ({
        labels: { instance: `t${i}:1` },
        health: h,
        lastError: h === 'down' ? 'refused' : '',
      })),
    },
  });

describe('a condition', () => {
  it.each<[string, Readiness, Answers, string | undefined]>([
    ['http: answers 200', { kind: 'http', url }, { [url]: 'fine' }, undefined],
    ['http: answers 503', { kind: 'http', url }, { [url]: 503 }, `${url} answers 503: `],
    ['http: refuses', { kind: 'http', url }, {}, 'fetch failed: connect ECONNREFUSED'],
    [
      'series: first line',
      { kind: 'series', url, series: 'kafka_brokers 1' },
      { [url]: 'kafka_brokers 1\n' },
      undefined,
    ],
    ['series: later line', { kind: 'series', url, series: 'a_b' }, { [url]: '# x\na_b{c="d"} 1\n' }, undefined],
    ['series: inside a line', { kind: 'series', url, series: 'a_b' }, { [url]: 'x_a_b 1\n' }, 'no series a_b yet'],
    ['brokers: all', { kind: 'brokers', bootstrap: 'b', count: 1 }, {}, undefined],
    ['brokers: too few', { kind: 'brokers', bootstrap: 'b', count: 3 }, {}, '1 of 3 brokers'],
    [
      'inside: no answer',
      { kind: 'inside', service: 'x', url: 'http://y/' },
      {},
      'http://y/ does not answer inside the lab',
    ],
    ['inside: nobody to ask', { kind: 'inside', service: 'z', url: 'http://y/' }, {}, 'no container of z yet'],
    [
      'targets: one down',
      { kind: 'targets-up', url: 'http://p' },
      { 'http://p/-/ready': 'ok', 'http://p/api/v1/targets?state=active': targets('up', 'down', 'unknown') },
      'scrape targets not up yet: t1:1 (refused), t2:1',
    ],
    [
      'targets: all up',
      { kind: 'targets-up', url: 'http://p' },
      { 'http://p/-/ready': 'ok', 'http://p/api/v1/targets?state=active': targets('up', 'up') },
      undefined,
    ],
    [
      'targets: none yet',
      { kind: 'targets-up', url: 'http://p' },
      { 'http://p/-/ready': 'ok', 'http://p/api/v1/targets?state=active': targets() },
      'no scrape targets yet',
    ],
  ])('%s', async (_name, ready, answers, expected) => {
    expect(await check(ready, running, new Map([['x', running]]), probes(answers))).toBe(expected);
  });

  it('does not hold while the container is away, stopped or unhealthy', async () => {
    const look = (container: ContainerState | undefined): Promise<string | undefined> =>
      check({ kind: 'healthy' }, container, new Map(), probes());
    expect(await look(undefined)).toBe('no container yet');
    expect(await look({ ...running, state: 'exited' })).toBe('container is exited');
    expect(await look({ ...running, health: 'starting' })).toBe('health check: starting');
    expect(await look({ ...running, health: 'healthy' })).toBeUndefined();
  });
});

it('a job of the user is ready when it has run to its end, and not when it failed', async () => {
  const ended = (status: string): Promise<string | undefined> =>
    check({ kind: 'healthy-or-done' }, { ...running, state: 'exited', status }, new Map(), probes());
  expect(await ended('Exited (0) 3 seconds ago')).toBeUndefined();
  expect(await ended('Exited (1) 3 seconds ago')).toBe('container is exited');
});

describe('waiting', () => {
  const service = { name: 'x', ready: { kind: 'http', url }, readyTimeoutMs: 5_000 } as unknown as Service;
  const never = new AbortController().signal;

  it('ends when the condition holds', async () => {
    await expect(waitReady(service, probes({ [url]: 'ok' }), never)).resolves.toEqual({
      readyMs: 1_000,
      containerId: 'c1',
    });
  });

  it('fails at once when the container exits, with its last lines', async () => {
    const dead: ContainerState = { ...running, state: 'exited', status: 'Exited (3) 1 second ago' };
    const failure = await waitReady(
      service,
      probes({}, { containers: async () => new Map([['x', dead]]) }),
      never,
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LabError);
    expect(failure).toMatchObject({
      code: 'SERVICE_EXITED',
      message: 'x exited while starting (Exited (3) 1 second ago)',
      detail: 'last words',
    });
  });

  it('has patience with a container that is about to be started again', async () => {
    const dead: ContainerState = { ...running, state: 'exited', status: 'Exited (137) 1 minute ago' };
    const looks = [dead, dead, running];
    const restarted = probes({ [url]: 'ok' }, { containers: async () => new Map([['x', looks.shift() ?? running]]) });
    await expect(waitReady(service, restarted, never, (id) => id === 'c1')).resolves.toMatchObject({
      containerId: 'c1',
    });
  });

  it('fails at its deadline, saying what is missing', async () => {
    await expect(waitReady(service, probes(), never)).rejects.toMatchObject({
      code: 'SERVICE_NOT_READY',
      message: expect.stringContaining('fetch failed: connect ECONNREFUSED'),
      detail: 'last words',
    });
  });

  it('ends when it is called off', async () => {
    const abort = new AbortController();
    abort.abort(new Error('called off'));
    await expect(waitReady(service, probes(), abort.signal)).rejects.toThrow('called off');
  });
});
