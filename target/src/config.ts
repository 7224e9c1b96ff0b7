// Settings of gateway and worker: the one module that reads the environment, and the list of every knob.
import { z } from 'zod';

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a whole number from ${min} to ${max}`);

const decimal = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, `a number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a number from ${min} to ${max}`);

const delayMs = decimal(0, 60_000).default(0);

const topicsJson = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be JSON: {"<topic>":{"partitions":6,"replicas":1,"settings":{}}}',
      });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(
      z.string().min(1),
      z.strictObject({
        partitions: z.int().min(1),
        replicas: z.int().min(1),
        settings: z.record(z.string(), z.string()).default({}),
      }),
    ),
  );

/** Where gateway and worker are; set by the lab. */
const placeKeys = {
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'host:port, or several with commas between')
    .transform((text) => text.split(',')),
  PORT: integer(1, 65_535),
};

const commonKnobs = {
  TARGET_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  TARGET_PRODUCER_LINGER_MS: decimal(0, 1_000).default(0),
  TARGET_PRODUCER_BATCH_BYTES: integer(1, 900_000).default(262_144),
  TARGET_PRODUCER_COMPRESSION: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).default('none'),
};

/** Knobs of the gateway, by name. Everything else that starts with TARGET_ is refused. */
export const gatewayKnobs = z.strictObject({
  ...commonKnobs,
  TARGET_LATENCY_MS_POST_ORDERS: delayMs,
  TARGET_LATENCY_MS_POST_PAYMENTS: delayMs,
  TARGET_LATENCY_MS_GET_ORDER: delayMs,
  TARGET_LATENCY_MS_GET_PRODUCTS: delayMs,
  TARGET_MAX_IN_FLIGHT: integer(1, 1_000_000).default(1_000),
  TARGET_PAYLOAD_BYTES: integer(0, 500_000).default(0),
  TARGET_PRODUCER_ACKS: z.enum(['all', '1', '0']).default('all'),
  TARGET_PRODUCER_RETRIES: integer(0, 1_000).default(60),
  TARGET_VIEW_ORDERS: integer(1, 10_000_000).default(100_000),
});

/** Knobs of the worker, by name. */
export const workerKnobs = z.strictObject({
  ...commonKnobs,
  TARGET_WORKER_COMMIT_INTERVAL_MS: integer(50, 1_000).default(500),
  TARGET_WORKER_DELAY_MS: delayMs,
});

export const topicNames = { orders: 'orders', payments: 'payments', events: 'order-events' } as const;

export interface TopicSpec {
  readonly partitions: number;
  readonly replicas: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** How messages are collected and handed to the brokers. */
export interface ProducerConfig {
  readonly lingerMs: number;
  readonly batchBytes: number;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
}

interface CommonConfig {
  readonly brokers: readonly string[];
  readonly port: number;
  readonly logLevel: string;
  readonly producer: ProducerConfig;
}

export interface GatewayConfig extends CommonConfig {
  readonly topics: Readonly<Record<string, TopicSpec>>;
  readonly acks: 'all' | '1' | '0';
  /** further attempts, half a second apart, for a batch that the broker did not answer */
  readonly retries: number;
  readonly addedLatencyMs: {
    readonly postOrders: number;
    readonly postPayments: number;
    readonly getOrder: number;
    readonly getProducts: number;
  };
  readonly maxInFlight: number;
  readonly payloadBytes: number;
  readonly viewOrders: number;
}

export interface WorkerConfig extends CommonConfig {
  readonly delayMs: number;
  readonly commitIntervalMs: number;
}

/** Settings that cannot be used; the message lists every fault, one a line. */
export class SettingsError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of the gateway. @throws SettingsError naming every unknown, missing or ill-typed key */
export function gatewayConfig(env: Environment): GatewayConfig {
  const place = { ...placeKeys, KAFKA_TOPICS: topicsJson };
  const values = read(env, place, gatewayKnobs, { other: workerKnobs, otherRole: 'worker' });
  return {
    ...common(values),
    topics: values.KAFKA_TOPICS,
    acks: values.TARGET_PRODUCER_ACKS,
    retries: values.TARGET_PRODUCER_RETRIES,
    addedLatencyMs: {
      postOrders: values.TARGET_LATENCY_MS_POST_ORDERS,
      postPayments: values.TARGET_LATENCY_MS_POST_PAYMENTS,
      getOrder: values.TARGET_LATENCY_MS_GET_ORDER,
      getProducts: values.TARGET_LATENCY_MS_GET_PRODUCTS,
    },
    maxInFlight: values.TARGET_MAX_IN_FLIGHT,
    payloadBytes: values.TARGET_PAYLOAD_BYTES,
    viewOrders: values.TARGET_VIEW_ORDERS,
  };
}

/** Settings of a worker. @throws SettingsError naming every unknown, missing or ill-typed key */
export function workerConfig(env: Environment): WorkerConfig {
  const values = read(env, placeKeys, workerKnobs, { other: gatewayKnobs, otherRole: 'gateway' });
  return {
    ...common(values),
    delayMs: values.TARGET_WORKER_DELAY_MS,
    commitIntervalMs: values.TARGET_WORKER_COMMIT_INTERVAL_MS,
  };
}

function common(values: z.output<z.ZodObject<typeof placeKeys & typeof commonKnobs>>): CommonConfig {
  return {
    brokers: values.KAFKA_BROKERS,
    port: values.PORT,
    logLevel: values.TARGET_LOG_LEVEL,
    producer: {
      lingerMs: values.TARGET_PRODUCER_LINGER_MS,
      batchBytes: values.TARGET_PRODUCER_BATCH_BYTES,
      compression: values.TARGET_PRODUCER_COMPRESSION,
    },
  };
}

function read<P extends z.ZodRawShape, K extends z.ZodRawShape>(
  env: Environment,
  place: P,
  knobs: z.ZodObject<K>,
  { other, otherRole }: { other: z.ZodObject; otherRole: string },
): z.output<z.ZodObject<P & K>> {
  const mine = Object.entries(env).filter(([key]) => key in place || key.startsWith('TARGET_'));
  const result = z.strictObject({ ...place, ...knobs.shape }).safeParse(Object.fromEntries(mine));
  if (result.success) return result.data as z.output<z.ZodObject<P & K>>;
  const known = Object.keys(knobs.shape).toSorted();
  const faults = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) =>
        key in other.shape
          ? `${key} is a setting of the ${otherRole}`
          : `${key} is not a setting; there are ${known.join(', ')}`,
      );
    const key = String(issue.path[0]);
    if (env[key] === undefined) return [`${key} is missing`];
    const where = issue.path.length > 1 ? ` at ${issue.path.slice(1).join('.')}` : '';
    return [`${key}=${env[key]}${where}: ${issue.message}`];
  });
  throw new SettingsError(faults.join('\n'));
}
