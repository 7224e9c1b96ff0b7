// Settings of gateway and worker: every default, every refusal.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { gatewayConfig, gatewayKnobs, SettingsError, workerConfig, workerKnobs } from '../../target/src/config.ts';

const worker = { KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092', PORT: '8001' };
const gateway = { ...worker, PORT: '8000', KAFKA_TOPICS: '{"orders":{"partitions":6,"replicas":1}}' };

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('the settings were taken');
}

describe('settings of the gateway', () => {
  it('have a default for every knob', () => {
    expect(gatewayConfig(gateway)).toEqual({
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      port: 8000,
      logLevel: 'info',
      topics: { orders: { partitions: 6, replicas: 1, settings: {} } },
      acks: 'all',
      retries: 60,
      addedLatencyMs: { postOrders: 0, postPayments: 0, getOrder: 0, getProducts: 0 },
      maxInFlight: 1000,
      payloadBytes: 0,
      viewOrders: 100_000,
      producer: { lingerMs: 0, batchBytes: 262_144, compression: 'none' },
    });
  });

  it('take each knob', () => {
    const config = gatewayConfig({
      ...gateway,
      TARGET_LATENCY_MS_POST_ORDERS: '12.5',
      TARGET_LATENCY_MS_POST_PAYMENTS: '1',
      TARGET_LATENCY_MS_GET_ORDER: '2',
      TARGET_LATENCY_MS_GET_PRODUCTS: '3',
      TARGET_PRODUCER_ACKS: '1',
      TARGET_PRODUCER_RETRIES: '0',
      TARGET_PRODUCER_LINGER_MS: '5',
      TARGET_PRODUCER_BATCH_BYTES: '1000',
      TARGET_PRODUCER_COMPRESSION: 'gzip',
      TARGET_MAX_IN_FLIGHT: '10',
      TARGET_PAYLOAD_BYTES: '2048',
      TARGET_VIEW_ORDERS: '7',
      TARGET_LOG_LEVEL: 'silent',
    });
    expect(config).toMatchObject({
      addedLatencyMs: { postOrders: 12.5, postPayments: 1, getOrder: 2, getProducts: 3 },
      acks: '1',
      retries: 0,
      producer: { lingerMs: 5, batchBytes: 1000, compression: 'gzip' },
      maxInFlight: 10,
      payloadBytes: 2048,
      viewOrders: 7,
      logLevel: 'silent',
    });
  });

  it.each([
    ['TARGET_LATENCY_MS_POST_ORDERS', '-1', 'TARGET_LATENCY_MS_POST_ORDERS=-1: a number from 0 to 60000'],
    ['TARGET_LATENCY_MS_POST_ORDERS', '60001', 'TARGET_LATENCY_MS_POST_ORDERS=60001: a number from 0 to 60000'],
    ['TARGET_LATENCY_MS_GET_ORDER', '', 'TARGET_LATENCY_MS_GET_ORDER=: a number from 0 to 60000'],
    ['TARGET_MAX_IN_FLIGHT', '1.5', 'TARGET_MAX_IN_FLIGHT=1.5: a whole number from 1 to 1000000'],
    ['PORT', 'http', 'PORT=http: a whole number from 1 to 65535'],
    ['KAFKA_BROKERS', 'kafka-1', 'KAFKA_BROKERS=kafka-1: host:port, or several with commas between'],
    ['KAFKA_TOPICS', '{', 'KAFKA_TOPICS={: must be JSON: {"<topic>":{"partitions":6,"replicas":1,"settings":{}}}'],
  ])('refuse %s=%s', (key, value, message) => {
    expect(refusal(() => gatewayConfig({ ...gateway, [key]: value }))).toBe(message);
  });

  it('name the place inside KAFKA_TOPICS', () => {
    const message = refusal(() =>
      gatewayConfig({ ...gateway, KAFKA_TOPICS: '{"orders":{"partitions":0,"replicas":1}}' }),
    );
    expect(message).toContain('at orders.partitions: Too small');
  });

  it('refuse an unknown knob and list those that there are', () => {
    const message = refusal(() => gatewayConfig({ ...gateway, TARGET_LATENCY_POST_ORDERS: '1' }));
    expect(message).toMatch(/^TARGET_LATENCY_POST_ORDERS is not a setting; there are .*TARGET_LATENCY_MS_POST_ORDERS/);
  });

  it("send a worker's knob to the worker", () => {
    expect(refusal(() => gatewayConfig({ ...gateway, TARGET_WORKER_DELAY_MS: '1' }))).toBe(
      'TARGET_WORKER_DELAY_MS is a setting of the worker',
    );
  });

  it('name every fault at once', () => {
    const faults = refusal(() => gatewayConfig({ PORT: '8000', TARGET_PRODUCER_ACKS: '2' })).split('\n');
    expect(faults).toEqual([
      'KAFKA_BROKERS is missing',
      'KAFKA_TOPICS is missing',
      'TARGET_PRODUCER_ACKS=2: Invalid option: expected one of "0"|"1"|"all"',
    ]);
  });

  it('leave other variables alone', () => {
    expect(gatewayConfig({ ...gateway, PATH: '/bin', NODE_OPTIONS: '--max-old-space-size=200' }).port).toBe(8000);
  });
});

describe('settings of the worker', () => {
  it('have a default for every knob, and commit within a second', () => {
    expect(workerConfig(worker)).toEqual({
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      port: 8001,
      logLevel: 'info',
      delayMs: 0,
      commitIntervalMs: 500,
      producer: { lingerMs: 0, batchBytes: 262_144, compression: 'none' },
    });
    expect(refusal(() => workerConfig({ ...worker, TARGET_WORKER_COMMIT_INTERVAL_MS: '1001' }))).toContain(
      'a whole number from 50 to 1000',
    );
  });

  it("send the gateway's knobs to the gateway", () => {
    expect(refusal(() => workerConfig({ ...worker, TARGET_PRODUCER_ACKS: '1' }))).toBe(
      'TARGET_PRODUCER_ACKS is a setting of the gateway',
    );
  });
});

describe('docs/target.md', () => {
  it.each([...new Set([...Object.keys(gatewayKnobs.shape), ...Object.keys(workerKnobs.shape)])])(
    'documents %s',
    async (knob) => {
      expect(await readFile(new URL('../../docs/target.md', import.meta.url), 'utf8')).toMatch(
        new RegExp(`^\\| \`${knob}\` +\\|`, 'm'),
      );
    },
  );
});
