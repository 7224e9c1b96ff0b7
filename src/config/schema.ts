// The shape of lab.yaml with every default and what each key means; the one place that knows which keys exist.
import { z } from 'zod';

const port = z.int().min(1).max(65_535).meta({ type: 'port' });
const memory = z
  .string()
  .regex(/^\d+(\.\d+)?[kmg]$/i, 'must be a size such as 512m or 2g')
  .meta({ type: 'size' });
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'must be a duration such as 500ms, 5s, 2m, 15d')
  .meta({ type: 'duration' });
const labName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be lower-case letters, digits, - and _')
  .meta({ type: 'name' });
/** values that end up as text in a properties file or an environment */
const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).meta({ type: 'key: value …' });

const topic = z.strictObject({
  partitions: z.int().min(1).max(10_000).default(6).describe('a topic that has more already keeps them'),
  settings: settings.default({}).describe("Kafka's topic settings, e.g. retention.ms: 600000"),
});

const limit = z.strictObject({
  cpus: z.number().positive().optional().describe('CPU cores, e.g. 0.5; default a share of the machine'),
  memory: memory.optional().describe('default a share of the machine, within bounds'),
});

const kafka = z.strictObject({
  version: z
    .string()
    .regex(/^4\.\d+\.\d+$/, 'must be a Kafka 4.x version such as 4.1.1')
    .default('4.1.1')
    .describe('Kafka 4.x, in KRaft mode'),
  settings: settings.default({}).describe("Kafka's broker settings, e.g. num.io.threads: 4"),
  heap: memory.optional().describe('heap of each broker; default half of its memory limit, 1g at most'),
  jmxPerPartition: z
    .boolean()
    .default(false)
    .describe('export per-partition beans: a remote call each, so scrapes slow down as partitions grow'),
});

const ports = z.strictObject({
  kafka: port.default(9092).describe('the first broker; the others have the ports after it'),
  jmxExporter: port.default(5556).describe('the first one; the others have the ports after it'),
  kafkaExporter: port.default(9308).describe('kafka-exporter'),
  cadvisor: port.default(8080).describe('cAdvisor'),
  nodeExporter: port.default(9100).describe("node exporter, on the lab bridge's gateway address only"),
  statsdExporter: port.default(9102).describe("statsd-exporter's metrics"),
  statsd: port.default(8125).describe('UDP, for a k6 on the host; the lab’s own k6 uses a Unix socket'),
  prometheus: port.default(9090).describe('Prometheus'),
  grafana: port.default(3000).describe('Grafana'),
  gateway: port.default(8000).describe("the built-in target's HTTP API"),
});

const prometheus = z.strictObject({
  scrapeInterval: duration.default('5s').describe('of every job, and of rule evaluation'),
  retention: duration.default('15d').describe('how long series are kept; snapshots are not affected'),
  sampleLimit: z.int().positive().default(50_000).describe('samples a scrape may have before it fails as a whole'),
  build: z
    .enum(['2.42', '3.5'])
    .default('2.42')
    .describe('which stand-in is built where no registry answers: Debian’s 2.42 in seconds, 3.5 in about 5 minutes'),
});

const services = z.strictObject({
  grafana: z.boolean().default(true).describe('dashboards; needs a container registry'),
  cadvisor: z.boolean().default(true).describe('CPU, memory and network per container'),
  nodeExporter: z.boolean().default(true).describe('the machine under the lab'),
});

const builtinTarget = z.strictObject({
  // optional() makes the absent key a value of the discriminator; default() then names it
  kind: z.literal('builtin').optional().default('builtin').describe('the order API of docs/target.md'),
  workers: z.int().min(1).max(32).default(1).describe('consumers of group order-workers'),
  gateway: settings.default({}).describe('environment of the gateway: the knobs of docs/target.md'),
  worker: settings.default({}).describe('environment of the workers: the knobs of docs/target.md'),
});

const composeTarget = z.strictObject({
  kind: z.literal('compose').describe('your own system: see docs/examples/own-target'),
  file: z.string().describe('a compose file; its services join the lab'),
  baseUrl: z.url().describe("what k6 gets as BASE_URL, as seen from the lab's network"),
  healthUrl: z.url().optional().describe('asked from inside the lab until it answers 2xx'),
  metrics: z
    .array(z.string())
    .default([])
    .describe('addresses for Prometheus, host:port/path as seen from the lab’s network'),
});

const noTarget = z.strictObject({
  kind: z.literal('none').describe('no system under test: point your script wherever you like'),
});

const k6 = z.strictObject({
  image: z.string().optional().describe('another k6 image; the lab works with it, without the ledger'),
  maxSeries: z.int().positive().default(2_000).describe('a run whose tags make more series is stopped'),
  env: settings.default({}).describe('environment of every script (__ENV)'),
  pushInterval: duration.default('100ms').describe('how often k6 sends its samples'),
  drainTimeout: duration.default('60s').describe('after a run, how long to wait until consumer lag is zero'),
});

const images = z.strictObject({
  source: z
    .enum(['auto', 'pull', 'build'])
    .default('auto')
    .describe('auto pulls where a container registry answers and builds where none does'),
  mirror: z.string().optional().describe("a company's registry, put in front of every reference"),
  overrides: z
    .record(z.string(), z.string())
    .default({})
    .meta({ type: 'image: reference …' })
    .describe('another reference for an image that `lab:images` lists'),
});

export const configSchema = z.strictObject({
  name: labName.default('kafka-load-lab').describe('compose project; two labs on one engine need two names'),
  brokers: z
    .union([z.literal(1), z.literal(3)])
    .default(1)
    .describe('with 3, topics have 3 replicas of which 2 must be in sync'),
  kafka: kafka.prefault({}),
  topics: z
    .record(z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be a Kafka topic name'), topic.prefault({}))
    .default({})
    .describe('further topics, or other settings for orders, payments and order-events'),
  ports: ports.prefault({}).describe('on 127.0.0.1'),
  prometheus: prometheus.prefault({}),
  network: z
    .strictObject({
      subnet: z
        .string()
        .regex(/^\d+\.\d+\.\d+\.0\/24$/, 'must be a /24 network such as 172.30.7.0/24')
        .optional()
        .describe("of the lab's bridge; default derived from `name`"),
    })
    .prefault({}),
  resources: z
    .record(z.string(), limit)
    .default({})
    .describe('limits by service (kafka-1) or component (kafka); default from the size of the machine'),
  services: services.prefault({}).describe('optional services'),
  target: z.discriminatedUnion('kind', [builtinTarget, composeTarget, noTarget]).prefault({}),
  k6: k6.prefault({}),
  images: images.prefault({}),
});

/** Valid configuration with every default filled in. */
export type Config = Readonly<z.output<typeof configSchema>>;
/** What may stand in lab.yaml. */
export type ConfigInput = z.input<typeof configSchema>;

/** The configuration of an empty lab.yaml. */
export const defaultConfig: Config = configSchema.parse({});
