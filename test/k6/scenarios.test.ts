// Scenarios run inside k6; here they are evaluated with stand-ins for its modules, to see what they would ask k6 for.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Call {
  readonly method: string;
  readonly url: string;
  readonly name: string | undefined;
  readonly group: string | undefined;
}

const k6 = vi.hoisted(() => ({
  calls: [] as Call[],
  group: undefined as string | undefined,
  iteration: 0,
  /** POST /orders answers without an id */
  broken: false,
  /** how often GET /orders/{id} answers 404 before it finds anything */
  notFoundYet: 0,
  slept: 0,
}));

vi.mock('k6', () => ({
  check: () => true,
  fail: (message: string) => {
    throw new Error(message);
  },
  group: (name: string, work: () => unknown) => {
    k6.group = name;
    try {
      return work();
    } finally {
      k6.group = undefined;
    }
  },
  sleep: (seconds: number) => {
    k6.slept += seconds;
  },
}));

vi.mock('k6/execution', () => ({
  default: {
    vu: { idInTest: 1 },
    scenario: {
      get iterationInTest() {
        return k6.iteration;
      },
    },
  },
}));

vi.mock('k6/http', () => {
  const answer = (method: string, url: string, params?: { tags?: { name?: string } }) => {
    k6.calls.push({ method, url, name: params?.tags?.name, group: k6.group });
    const lookup = method === 'GET' && url.includes('/orders/');
    if (lookup && k6.notFoundYet > 0) {
      k6.notFoundYet -= 1;
      return { status: 404 };
    }
    return { status: 200, json: () => (k6.broken ? undefined : `order-${k6.calls.length}`) };
  };
  return {
    default: {
      get: (url: string, params?: object) => answer('GET', url, params),
      post: (url: string, _body: string, params?: object) => answer('POST', url, params),
      expectedStatuses: () => () => true,
    },
  };
});

interface Scenario {
  readonly options: Readonly<Record<string, unknown>>;
  readonly setup: () => unknown;
  readonly default: (data: unknown) => void;
}

const folder = path.resolve(import.meta.dirname, '../../k6/scenarios');
const scenarios = readdirSync(folder).map((file) => path.parse(file).name);

async function load(name: string, env: Readonly<Record<string, string>> = {}): Promise<Scenario> {
  vi.resetModules();
  vi.stubGlobal('__ENV', { BASE_URL: 'http://shop:1', ...env });
  return (await import(path.join(folder, `${name}.ts`))) as Scenario;
}

beforeEach(() => {
  Object.assign(k6, { calls: [], group: undefined, iteration: 0, broken: false, notFoundYet: 0, slept: 0 });
});
afterEach(() => void vi.unstubAllGlobals());

describe('the scenarios', () => {
  it('are these', () => expect(scenarios).toEqual(['orders', 'ramp', 'smoke', 'soak', 'spike']));

  describe.each(scenarios)('%s', (name) => {
    it('asks k6 for this', async () => {
      const { options } = await load(name);
      await expect(`${JSON.stringify(options, null, 2)}\n`).toMatchFileSnapshot(`golden/${name}.json`);
    });

    it('starts iterations at a rate, so that a stall cannot hide itself', async () => {
      const { options } = await load(name);
      const executors = Object.values(options.scenarios as Record<string, { executor: string }>);
      for (const { executor } of executors) expect(executor).toMatch(/-arrival-rate$/);
    });

    it('names the API and the group of every request it makes', async () => {
      const { setup, default: iteration } = await load(name);
      const data = setup();
      k6.calls.length = 0;
      for (k6.iteration = 0; k6.iteration < 20; k6.iteration++) iteration(data);
      const names = new Set(k6.calls.map((call) => call.name));
      expect([...names].sort()).toEqual(['GET /orders/{id}', 'GET /products', 'POST /orders', 'POST /payments']);
      for (const call of k6.calls) {
        expect(call.url).toMatch(/^http:\/\/shop:1\//);
        expect(call.group).toMatch(/^(order|payment|lookup|catalogue)$/);
        expect(call.name).toMatch(new RegExp(`^${call.method} `));
      }
    });

    it('takes its load from outside when told', async () => {
      const before = JSON.stringify((await load(name)).options.scenarios);
      const changed = await load(name, { LAB_RATE: '8', LAB_DURATION: '1m10s', LAB_VUS: '16' });
      expect(JSON.stringify(changed.options.scenarios)).not.toBe(before);
    });
  });
});

describe('overrides', () => {
  const smoke = async (env: Readonly<Record<string, string>>) =>
    (await load('smoke', env)).options.scenarios as { smoke: Readonly<Record<string, unknown>> };

  it('are rate, duration and VUs; a rate with a fraction is given per ten seconds, k6 takes whole numbers only', async () => {
    expect((await smoke({ LAB_RATE: '2.5', LAB_DURATION: '1m30s', LAB_VUS: '7' })).smoke).toMatchObject({
      rate: 25,
      timeUnit: '10000ms',
      duration: '90000ms',
      preAllocatedVUs: 7,
    });
  });

  it.each([
    [{ LAB_RATE: 'fast' }, 'LAB_RATE=fast is not a positive number'],
    [{ LAB_DURATION: '90' }, 'LAB_DURATION=90 is not a duration'],
    [{ LAB_VUS: '-1' }, 'LAB_VUS=-1 is not a positive number'],
  ])('that make no sense are refused: %o', async (env, said) => {
    await expect(load('smoke', env)).rejects.toThrow(said);
  });
});

describe('the mix of requests', () => {
  it('is the same in every run: of twenty, 10 orders, 4 payments, 4 lookups, 2 product lists', async () => {
    const { setup, default: iteration } = await load('orders');
    const data = setup();
    k6.calls.length = 0;
    for (k6.iteration = 0; k6.iteration < 200; k6.iteration++) iteration(data);
    const counts = Object.fromEntries(Map.groupBy(k6.calls, ({ name }) => name ?? ''));
    expect(Object.entries(counts).map(([name, calls]) => [name, calls?.length])).toEqual(
      expect.arrayContaining([
        ['POST /orders', 100],
        ['POST /payments', 40],
        ['GET /orders/{id}', 40],
        ['GET /products', 20],
      ]),
    );
  });
});

describe('setup', () => {
  it('waits until the worker has the orders that will be looked up', async () => {
    const { setup } = await load('smoke');
    k6.notFoundYet = 3;
    expect(setup()).toMatchObject({ orderIds: expect.arrayContaining(['order-1', 'order-10']) });
    expect(k6.slept).toBeGreaterThan(0);
  });

  it('fails with its reason when no worker processes orders, or orders are refused', async () => {
    const { setup } = await load('smoke');
    k6.notFoundYet = Number.POSITIVE_INFINITY;
    expect(setup).toThrow(/did not find it within 15 s: is a worker running\?/);
    k6.broken = true;
    expect(setup).toThrow(/POST \/orders was refused, or answered without an id/);
  });
});
