// What the tests of src/run share: a lab that is only data, and a k6 container that only pretends.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Service } from '../../compose/service.ts';
import { type Config, configSchema } from '../../src/config/schema.ts';
import type { Io } from '../../src/io.ts';
import type { RunningLab } from '../../src/lab/lab.ts';
import type { StartContainer } from '../../src/run/container.ts';
import type { RunRequest } from '../../src/run/plan.ts';
import type { RunDeps } from '../../src/run/run.ts';
import type { Script } from '../../src/run/script.ts';
import type { ContainerExit } from '../../src/run/verdict.ts';
import { type Ledger, parseLedger } from '../../src/snapshot/ledger.ts';
import { type FakeIo, fakeIo } from '../fake-io.ts';

export const atMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export function aConfig(k6: Partial<Config['k6']> = {}): Config {
  return configSchema.parse({ name: 'lab-a', k6 });
}

export function aLab(folder: string, config: Config = aConfig()): RunningLab {
  const paths = {
    project: folder,
    lab: path.join(folder, '.lab'),
    snapshots: path.join(folder, 'snapshots'),
    cache: path.join(folder, 'cache'),
  };
  const k6: Service = {
    name: 'k6',
    component: 'k6',
    image: { name: 'k6' },
    compose: {
      profiles: ['k6'],
      networks: ['lab'],
      cpus: 1,
      mem_limit: 512 * 1024 ** 2,
      environment: {
        K6_STATSD_ENABLE_TAGS: 'true',
        K6_STATSD_ADDR: 'unix:///run/statsd/statsd.sock',
        K6_STATSD_PUSH_INTERVAL: '100ms',
        K6_NO_USAGE_REPORT: 'true',
        BASE_URL: 'http://gateway:8000',
      },
      volumes: ['statsd-socket:/run/statsd'],
      sysctls: { 'net.unix.max_dgram_qlen': 4096 },
    },
    ready: { kind: 'on-demand' },
    readyTimeoutMs: 0,
  };
  return {
    config,
    paths,
    engine: {} as RunningLab['engine'],
    project: {
      name: config.name,
      context: { config, paths, uid: 1000 } as unknown as RunningLab['project']['context'],
      services: [k6],
      images: [
        {
          name: 'k6',
          reference: 'kafka-load-lab/k6:2.2.0-abc',
          id: 'sha256:1',
          source: 'built',
          sizeBytes: 1,
          why: '',
        },
      ],
      missing: [],
      own: [],
      composeFile: path.join(paths.lab, 'compose.yaml'),
    },
    addresses: {
      bootstrap: '127.0.0.1:9092',
      prometheus: 'http://127.0.0.1:9090',
      statsdExporter: 'http://127.0.0.1:9102/metrics',
      kafkaExporter: 'http://127.0.0.1:9308/metrics',
      jmxExporters: [],
      gateway: 'http://127.0.0.1:8000',
    },
  };
}

export function aScript(folder: string, own = false): Script {
  return own
    ? {
        name: 'checkout',
        file: path.join(folder, 'load', 'checkout.js'),
        folder,
        inContainer: '/scripts/load/checkout.js',
        builtin: false,
      }
    : {
        name: 'smoke',
        file: path.join(folder, 'k6', 'scenarios', 'smoke.ts'),
        folder: path.join(folder, 'k6'),
        inContainer: '/scripts/scenarios/smoke.ts',
        builtin: true,
      };
}

export function aRequest(script: Script, load: Partial<RunRequest> = {}): RunRequest {
  return { script, label: 'base', env: {}, ...load };
}

/** What `k6 inspect --execution-requirements` prints for a warm-up and a main part. */
export const inspectOutput = JSON.stringify({
  scenarios: {
    orders: { executor: 'constant-arrival-rate', startTime: '10s', duration: '2m0s', gracefulStop: '5s' },
    warmup: { executor: 'constant-arrival-rate', startTime: '0s', duration: '10s', gracefulStop: '5s' },
  },
  tags: { team: 'red' },
  totalDuration: '2m15s',
  maxVUs: 200,
});

export function aLedger(more: Partial<Ledger> = {}): Ledger {
  return parseLedger(
    JSON.stringify({
      schema: 1,
      k6: '2.2.0',
      startedMs: atMs,
      endedMs: atMs + 20_000,
      pushIntervalMs: 100,
      tagsEnabled: true,
      statsd: { address: 'unix:///s', payloads: 1, bytes: 1, samples: 40, lost: { payloads: 0, samples: 0 } },
      metrics: [{ name: 'http_reqs', type: 'counter', contains: 'default' }],
      series: [
        { metric: 'http_reqs', tags: { name: 'POST /orders', status: '202' }, count: 30, sum: 30, min: 1, max: 1 },
        { metric: 'http_reqs', tags: { name: 'POST /orders', status: '500' }, count: 10, sum: 10, min: 1, max: 1 },
        { metric: 'http_req_failed', tags: { name: 'POST /orders' }, count: 40, sum: 10, min: 0, max: 1 },
      ],
      ...more,
    }),
    'ledger.json',
  );
}

/** What the pretended k6 does when it is run; `k6 inspect` and `k6 version` always go well. */
export interface FakeK6 {
  readonly exit?: ContainerExit;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly ledger?: Ledger;
  readonly inspect?: { readonly exitCode: number; readonly stdout?: string; readonly stderr?: string };
  /** the run lasts until it gets this signal */
  readonly until?: 'SIGINT' | 'SIGKILL';
}

export interface FakeStarts {
  readonly start: StartContainer;
  /** what has been asked of the containers, in order */
  readonly events: string[];
}

/** A container engine of which every container is k6. */
export function fakeK6(fake: FakeK6, runFolder: () => string): FakeStarts {
  const events: string[] = [];
  const start: StartContainer = async (options, onOutput) => {
    const verb = options.Cmd?.[0] ?? '';
    events.push(`start ${verb}`);
    const signalled = Promise.withResolvers<void>();
    const run = async (): Promise<ContainerExit> => {
      if (verb === 'version') {
        onOutput('stdout', Buffer.from('k6 v1.2.3 (go1.26)\n'));
        return { exitCode: 0, oomKilled: false };
      }
      if (verb === 'inspect') {
        onOutput('stdout', Buffer.from(fake.inspect?.stdout ?? inspectOutput));
        onOutput('stderr', Buffer.from(fake.inspect?.stderr ?? ''));
        return { exitCode: fake.inspect?.exitCode ?? 0, oomKilled: false };
      }
      onOutput('stdout', Buffer.from(fake.stdout ?? ''));
      onOutput('stderr', Buffer.from(fake.stderr ?? ''));
      if (fake.until) await signalled.promise;
      if (fake.ledger) await writeFile(path.join(runFolder(), 'ledger.json'), JSON.stringify(fake.ledger));
      return fake.exit ?? { exitCode: 0, oomKilled: false };
    };
    return {
      ended: run(),
      kill: async (signal) => {
        events.push(`${signal} ${verb}`);
        if (signal === fake.until) signalled.resolve();
      },
      remove: async () => void events.push(`remove ${verb}`),
    };
  };
  return { start, events };
}

export async function* never(): AsyncIterable<unknown> {}

export function someDeps(start: StartContainer, signal: AbortSignal = new AbortController().signal): RunDeps {
  return {
    start,
    readLedger: async (file) => {
      const { readFile } = await import('node:fs/promises');
      const text = await readFile(file, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : parseLedger(text, file);
    },
    fetch: async () => new Response(''),
    screen: { stdout: () => undefined, isTTY: false, columns: 80, now: () => atMs },
    signal,
    now: () => atMs,
    ticks: never,
    // longer than any test: only a k6 that does not end when asked is to be killed
    patienceMs: 60_000,
  };
}

/** An Io at the moment of these tests' runs. */
export function anIo(more: Partial<Io> = {}): FakeIo {
  return fakeIo({ columns: 100, now: () => atMs, ...more });
}

/** Makes files with their folders. */
export async function files(folder: string, contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}
