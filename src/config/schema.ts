// The shape of lab.yaml with every default; the one place that knows which keys exist.
import { z } from 'zod';

const port = z.int().min(1).max(65_535);
/** compose's own notation: 512m, 2g */
const memory = z.string().regex(/^\d+(\.\d+)?[kmg]$/i, 'a size such as 512m or 2g');
const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration such as 500ms, 5s, 2m, 15d');
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, 'lower-case letters, digits, - and _');
/** values that end up as text in a properties file or an environment */
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const settings = z.record(z.string(), scalar);

const topic = z.strictObject({
  partitions: z.int().min(1).max(10_000).default(6),
  settings: settings.default({}).describe('topic settings, e.g. retention.ms'),
});

const limit = z.strictObject({
  cpus: z.number().positive().optional(),
  memory: memory.optional(),
});

const onOff = z.boolean();

export const configSchema = z.strictObject({
  name: name.default('kafka-load-lab').describe('compose project name; two labs on one machine need two names'),
  brokers: z.union([z.literal(1), z.literal(3)]).default(1),
  kafka: z
    .strictObject({
      version: z
        .string()
        .regex(/^4\.\d+\.\d+$/, 'a Kafka 4.x version such as 4.1.1')
        .default('4.1.1'),
      settings: settings.default({}).describe('broker settings, e.g. num.io.threads'),
      heap: memory.optional().describe('JVM heap; default half of the memory limit'),
      jmxPerPartition: z.boolean().default(false).describe('export per-partition beans: one remote call each'),
    })
    .prefault({}),
  topics: z
    .record(z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'a Kafka topic name'), topic.prefault({}))
    .default({})
    .describe('further topics, or settings for orders, payments and order-events'),
  ports: z
    .strictObject({
      kafka: port.default(9092).describe('first broker on 127.0.0.1; the others follow'),
      jmxExporter: port.default(5556).describe('first broker; the others follow'),
      kafkaExporter: port.default(9308),
      cadvisor: port.default(8080),
      nodeExporter: port.default(9100),
      statsdExporter: port.default(9102),
      statsd: port.default(8125).describe('UDP'),
      prometheus: port.default(9090),
      grafana: port.default(3000),
      gateway: port.default(8000),
    })
    .prefault({}),
  prometheus: z
    .strictObject({
      scrapeInterval: duration.default('5s'),
      retention: duration.default('15d'),
      sampleLimit: z.int().positive().default(50_000).describe('per scrape and target'),
      build: z.enum(['2.42', '3.5']).default('2.42').describe('the stand-in where no registry answers'),
    })
    .prefault({}),
  network: z
    .strictObject({
      subnet: z
        .string()
        .regex(/^\d+\.\d+\.\d+\.0\/24$/, 'a /24 network such as 172.30.7.0/24')
        .optional()
        .describe("the lab's bridge; default derived from `name`"),
    })
    .prefault({}),
  resources: z.record(z.string(), limit).default({}).describe('limits per service; default from the machine'),
  services: z
    .strictObject({
      grafana: onOff.default(true),
      cadvisor: onOff.default(true),
      nodeExporter: onOff.default(true),
    })
    .prefault({})
    .describe('optional services'),
  target: z
    .discriminatedUnion('kind', [
      z.strictObject({
        // optional() makes the absent key a value of the discriminator; default() then names it
        kind: z.literal('builtin').optional().default('builtin'),
        workers: z.int().min(1).max(32).default(1),
        gateway: settings.default({}).describe('environment of the gateway: the knobs of docs/target.md'),
        worker: settings.default({}).describe('environment of the workers'),
      }),
      z.strictObject({
        kind: z.literal('compose'),
        file: z.string().describe('a compose file merged into the lab'),
        baseUrl: z.url().describe("as seen from the lab's network"),
        healthUrl: z.url().optional(),
        metrics: z.array(z.string()).default([]).describe('host:port/path on the lab network, scraped'),
      }),
      z.strictObject({ kind: z.literal('none') }),
    ])
    .prefault({}),
  k6: z
    .strictObject({
      image: z.string().optional().describe('another k6 image; the lab then has no ledger'),
      maxSeries: z.int().positive().default(2_000).describe('a run with more tag sets is stopped'),
      env: settings.default({}).describe('environment of every script'),
      pushInterval: duration.default('100ms'),
      drainTimeout: duration.default('60s'),
    })
    .prefault({}),
  images: z
    .strictObject({
      source: z.enum(['auto', 'pull', 'build']).default('auto'),
      mirror: z.string().optional().describe('a registry put in front of every reference'),
      overrides: z.record(z.string(), z.string()).default({}).describe('image name -> reference'),
    })
    .prefault({}),
});

/** Valid configuration with every default filled in. */
export type Config = Readonly<z.output<typeof configSchema>>;
/** What may stand in lab.yaml. */
export type ConfigInput = z.input<typeof configSchema>;

/** The configuration of an empty lab.yaml. */
export const defaultConfig: Config = configSchema.parse({});
