// Strict configuration: what is read, what is refused, and what the refusal says.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { defaultConfig } from '../../src/config/schema.ts';
import { LabError } from '../../src/errors.ts';

function refusal(text: string, set: readonly string[] = []): LabError {
  try {
    parseConfig({ file: 'lab.yaml', text }, set);
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('lab.yaml', () => {
  it('is empty for all defaults', () => {
    expect(parseConfig({ file: 'lab.yaml', text: '' })).toEqual(defaultConfig);
  });

  it('takes a key with nothing after it as absent', () => {
    expect(parseConfig({ file: 'lab.yaml', text: 'brokers:\nports:\n  grafana:\n' })).toEqual(defaultConfig);
  });

  it('overrides single keys and keeps the other defaults', () => {
    const config = parseConfig({ file: 'lab.yaml', text: 'brokers: 3\nports:\n  grafana: 3001\n' });
    expect(config.brokers).toBe(3);
    expect(config.ports).toEqual({ ...defaultConfig.ports, grafana: 3001 });
  });

  it.each([
    ['broker: 3', 'CONFIG_UNKNOWN_KEY', 'lab.yaml:1:1: unknown key "broker"', 'did you mean "brokers"?'],
    [
      'ports:\n  grafna: 3000',
      'CONFIG_UNKNOWN_KEY',
      'lab.yaml:2:3: unknown key "ports.grafna"',
      'did you mean "grafana"? allowed here: cadvisor, gateway,',
    ],
    [
      'brokers: 2',
      'CONFIG_INVALID',
      'lab.yaml:1:1: brokers: Invalid input: expected 1, or Invalid input: expected 3',
      'docs/configuration.md',
    ],
    [
      '\nports:\n  grafana: many',
      'CONFIG_INVALID',
      'lab.yaml:3:3: ports.grafana: Invalid input: expected number, received string',
      'docs/',
    ],
    ['prometheus:\n  scrapeInterval: 5', 'CONFIG_INVALID', 'lab.yaml:2:3: prometheus.scrapeInterval:', 'docs/'],
    [
      'topics:\n  orders:\n    partition: 3',
      'CONFIG_UNKNOWN_KEY',
      'lab.yaml:3:5: unknown key "topics.orders.partition"',
      '"partitions"',
    ],
    [
      'target:\n  kind: builtin\n  baseUrl: http://x',
      'CONFIG_UNKNOWN_KEY',
      'lab.yaml:3:3: unknown key "target.baseUrl"',
      'allowed here',
    ],
    ['a: [1', 'CONFIG_SYNTAX', 'lab.yaml:1:', 'YAML'],
    ['brokers: 1\nbrokers: 3', 'CONFIG_SYNTAX', 'lab.yaml:2:1: Map keys must be unique', 'YAML'],
    ['- 1', 'CONFIG_INVALID', 'lab.yaml:1:1: the file must hold keys', 'docs/'],
  ])('refuses %j', (text, code, message, hint) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(error.exit).toBe(2);
  });
});

describe('--set', () => {
  it('wins over the file and reads its value as YAML', () => {
    const config = parseConfig({ file: 'lab.yaml', text: 'brokers: 3' }, ['brokers=1', 'target.workers=2']);
    expect(config.brokers).toBe(1);
    expect(config.target).toMatchObject({ kind: 'builtin', workers: 2 });
  });

  it('takes Kafka settings, whose keys hold dots', () => {
    const config = parseConfig({ file: 'lab.yaml', text: '' }, [
      'kafka.settings.num.io.threads=4',
      'topics.orders.settings.retention.ms=1000',
      'topics."my.topic".partitions=3',
    ]);
    expect(config.kafka.settings).toEqual({ 'num.io.threads': 4 });
    expect(config.topics.orders?.settings).toEqual({ 'retention.ms': 1000 });
    expect(config.topics['my.topic']?.partitions).toBe(3);
  });

  it.each([
    ['brokers', 'CONFIG_SET', 'not of the form path=value'],
    ['brokers=[', 'CONFIG_SET', '--set brokers=['],
    ['ports.kafa=1', 'CONFIG_UNKNOWN_KEY', '--set ports.kafa=1: unknown key "ports.kafa"'],
    ['brokers=2', 'CONFIG_INVALID', '--set brokers=2: brokers:'],
  ])('refuses --set %s', (set, code, message) => {
    const error = refusal('', [set]);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });
});

describe('the file', () => {
  it('may be absent, unless it was asked for', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lab-config-'));
    await expect(loadConfig(folder)).resolves.toEqual(defaultConfig);
    await expect(loadConfig(folder, { config: 'other.yaml' })).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      exit: 2,
    });
    await writeFile(path.join(folder, 'other.yaml'), 'brokers: 3');
    await expect(loadConfig(folder, { config: 'other.yaml' })).resolves.toMatchObject({ brokers: 3 });
  });
});
