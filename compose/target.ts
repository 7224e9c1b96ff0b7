// The system under test: the built-in order API (gateway) and its workers, or nothing where the user brings their own.
import { targetImage } from '../images/target/image.ts';
import { configuredTopics } from '../src/kafka/topics.ts';
import { common, healthcheck, httpProbe, published } from './fragment.ts';
import { brokerIds, labBootstrap } from './kafka.ts';
import type { ComposeFragment, LabContext, Service } from './service.ts';

const gatewayPort = 8000;
const workerPort = 8001;

/** Gateway and workers of the built-in target. */
export function target(context: LabContext): readonly Service[] {
  const { config } = context;
  if (config.target.kind !== 'builtin') return [];
  const own = config.target;
  return [
    gateway(context, own.gateway),
    ...Array.from({ length: own.workers }, (_, i) => worker(context, i + 1, own.worker)),
  ];
}

/** Base URL of the system under test on the lab's network. */
export function targetBaseUrl(context: LabContext): string | undefined {
  const { target: own } = context.config;
  if (own.kind === 'builtin') return `http://gateway:${gatewayPort}`;
  return own.kind === 'compose' ? own.baseUrl : undefined;
}

type Knobs = Readonly<Record<string, string | number | boolean>>;

function gateway(context: LabContext, knobs: Knobs): Service {
  const url = `http://127.0.0.1:${context.config.ports.gateway}`;
  return {
    name: 'gateway',
    component: 'gateway',
    image: targetImage,
    compose: {
      ...common(context, 'gateway', 'gateway'),
      command: ['src/gateway.ts'],
      environment: {
        KAFKA_TOPICS: JSON.stringify(configuredTopics(context.config)),
        ...environment(context, gatewayPort, knobs),
      },
      ports: [published(context.config.ports.gateway, gatewayPort)],
      depends_on: afterKafka(context),
      healthcheck: healthcheck(context, httpProbe(gatewayPort, '/healthz')),
    },
    scrape: [{ job: 'gateway', targets: [`gateway:${gatewayPort}`] }],
    ready: { kind: 'http', url: `${url}/healthz` },
    readyTimeoutMs: 60_000,
    url,
  };
}

function worker(context: LabContext, index: number, knobs: Knobs): Service {
  const name = `worker-${index}`;
  return {
    name,
    component: 'worker',
    image: targetImage,
    compose: {
      ...common(context, name, 'worker'),
      command: ['src/worker.ts'],
      environment: environment(context, workerPort, knobs),
      depends_on: afterKafka(context),
      healthcheck: healthcheck(context, httpProbe(workerPort, '/healthz')),
    },
    scrape: [{ job: 'worker', targets: [`${name}:${workerPort}`] }],
    ready: { kind: 'healthy' },
    readyTimeoutMs: 60_000,
  };
}

function environment(context: LabContext, port: number, knobs: Knobs): ComposeFragment {
  const own = Object.entries(knobs).map(([key, value]) => [key, String(value)] as const);
  return { KAFKA_BROKERS: labBootstrap(context.config), PORT: String(port), ...Object.fromEntries(own) };
}

function afterKafka(context: LabContext): ComposeFragment {
  return Object.fromEntries(brokerIds(context.config).map((id) => [`kafka-${id}`, { condition: 'service_healthy' }]));
}
