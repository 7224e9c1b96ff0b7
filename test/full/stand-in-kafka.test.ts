// Kafka's stand-in on a real engine: environment to properties, configuration files, storage, exit for what cannot work,
// and the exporters that read from it.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { jmxExporterImage } from '../../images/jmx-exporter/image.ts';
import { kafkaImage } from '../../images/kafka/image.ts';
import { kafkaExporterImage } from '../../images/kafka-exporter/image.ts';
import { defaultConfig } from '../../src/config/schema.ts';
import { type BuiltImages, buildImages, referenceOf } from '../stand-ins/built.ts';
import { type ContainerOptions, Containers, logs, publishedPort } from '../stand-ins/container.ts';

const bin = '/opt/kafka/bin';
let built: BuiltImages;
let containers: Containers;
let network: Docker.Network;
let folder: string;

beforeAll(async () => {
  built = await buildImages([kafkaImage(defaultConfig.kafka.version), kafkaExporterImage, jmxExporterImage]);
  containers = new Containers(built.api);
  network = await built.api.createNetwork({ Name: `stand-in-kafka-${process.pid}` });
  folder = await mkdtemp(path.join(tmpdir(), 'stand-in-kafka-'));
  await chmod(folder, 0o755);
});

afterEach(() => containers.removeAll());

afterAll(async () => {
  await network?.remove();
  if (folder) await rm(folder, { recursive: true });
});

/** Starts Kafka and waits until its listener accepts. */
async function startKafka(options: ContainerOptions = {}): Promise<Docker.Container> {
  const container = await containers.start(referenceOf(built, 'kafka'), options);
  await accepts(container);
  return container;
}

async function accepts(container: Docker.Container): Promise<void> {
  const probe = (): Promise<string> =>
    containers
      .exec(container, 'bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/9092')
      .then(({ exitCode }) => (exitCode === 0 ? 'accepts' : 'refuses'));
  await expect.poll(probe, { timeout: 90_000, interval: 200 }).toBe('accepts');
}

async function file(container: Docker.Container, name: string): Promise<readonly string[]> {
  const { output } = await containers.exec(container, 'cat', name);
  return output.split('\n').filter((line) => line.trim() !== '');
}

/** A single node by environment alone. */
const singleNode = {
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
  KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:9092',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_HEAP_OPTS: '-Xmx400m',
};

describe('configuration', () => {
  it('without any is a single node that answers', async () => {
    const kafka = await startKafka();
    const created = await containers.exec(
      kafka,
      `${bin}/kafka-topics.sh`,
      '--bootstrap-server=localhost:9092',
      '--create',
      '--topic=orders',
      '--partitions=3',
    );
    expect(created).toMatchObject({ exitCode: 0, output: expect.stringContaining('Created topic orders.') });
    const versions = await containers.exec(
      kafka,
      `${bin}/kafka-broker-api-versions.sh`,
      '--bootstrap-server=localhost:9092',
    );
    expect(versions.output).toMatch(/^localhost:9092 \(id: 1 rack: null/m);
  });

  it('by environment becomes properties: _ is a dot, __ an underscore, ___ a dash', async () => {
    const kafka = await startKafka({
      env: {
        ...singleNode,
        KAFKA_LOG_DIRS: '/var/lib/kafka/data',
        KAFKA_SOME__KEY___WITH_ALL: 'three',
        KAFKA_JMX_PORT: '9999',
        KAFKA_JMX_HOSTNAME: 'localhost',
        KAFKA_OPTS: '-Dlab=1',
        KAFKA_LOG4J_ROOT_LOGLEVEL: 'WARN',
        KAFKA_LOG4J_LOGGERS: 'org.apache.kafka.controller=ERROR,lab.logger=DEBUG',
      },
    });
    // KAFKA_OPTS and the like stay out; the JMX port does not, as in upstream's image
    expect([...(await file(kafka, '/opt/kafka/config/server.properties'))].sort()).toEqual([
      'advertised.listeners=PLAINTEXT://kafka:9092',
      'controller.listener.names=CONTROLLER',
      'controller.quorum.voters=1@localhost:9093',
      'jmx.port=9999',
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'listeners=PLAINTEXT://:9092,CONTROLLER://:9093',
      'log.dirs=/var/lib/kafka/data',
      'node.id=1',
      'offsets.topic.replication.factor=1',
      'process.roles=broker,controller',
      'some_key-with.all=three',
    ]);
    const logging = (await file(kafka, '/opt/kafka/config/log4j2.yaml')).join('\n');
    expect(logging).toMatch(/Root:\n\s+level: "?WARN/);
    expect(logging).toMatch(/name: "?org.apache.kafka.controller"?\n\s+level: "?ERROR/);
    expect(logging).toMatch(/name: "?lab.logger"?\n\s+level: "?DEBUG/);
  });

  it('goes after a mounted file, so that the environment wins', async () => {
    const mounted = path.join(folder, 'server.properties');
    await writeFile(mounted, 'process.roles=broker,controller\nnode.id=1\nnum.partitions=4\n');
    const { KAFKA_NODE_ID: _, KAFKA_PROCESS_ROLES: __, ...env } = singleNode;
    const kafka = await startKafka({
      binds: [`${folder}:/mnt/shared/config:ro`],
      env: { ...env, KAFKA_NUM_PARTITIONS: '5' },
    });
    const lines = await file(kafka, '/opt/kafka/config/server.properties');
    expect(lines.slice(0, 3)).toEqual(['process.roles=broker,controller', 'node.id=1', 'num.partitions=4']);
    expect(lines.slice(3)).toContain('num.partitions=5');
  });

  it('by arguments goes over the environment', async () => {
    const finished = await containers.run(referenceOf(built, 'kafka'), {
      command: ['/etc/kafka/docker/run', 'KAFKA_PROCESS_ROLES=controller'],
      env: singleNode,
    });
    expect(finished).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('KAFKA_ADVERTISED_LISTENERS is not supported on a KRaft controller.'),
    });
  });

  it.each([
    [{ KAFKA_ADVERTISED_LISTENERS: 'SSL://kafka:9092' }, 'KAFKA_SSL_KEYSTORE_FILENAME environment variable not set'],
    [{ KAFKA_ADVERTISED_LISTENERS: 'SASL_PLAINTEXT://kafka:9092' }, 'KAFKA_OPTS environment variable not set'],
  ])('that is incomplete ends the container: %o', async (env, message) => {
    const finished = await containers.run(referenceOf(built, 'kafka'), { env: { ...singleNode, ...env } });
    expect(finished).toMatchObject({ exitCode: 1, output: expect.stringContaining(message) });
  });
});

describe('storage', () => {
  it('survives a restart, and the broker stops when it is told to', async () => {
    const kafka = await startKafka();
    await kafka.restart();
    await accepts(kafka);
    await kafka.stop();
    expect((await kafka.inspect()).State.ExitCode).toBe(143);
  });
});

describe('log', () => {
  it('goes to the output, each line with the name of its logger', async () => {
    const output = await logs(await startKafka());
    expect(output).toMatch(/\(org\.apache\.kafka\.controller\.QuorumController\)/);
    expect(output).toMatch(/\(kafka\.server\.KafkaRaftServer\)/);
  });
});

describe('exporters', () => {
  it('the kafka exporter sees the broker, topics and the lag of a group', async () => {
    const { id: networkName } = network;
    const kafka = await startKafka({ env: singleNode, network: networkName, alias: 'kafka' });
    const bootstrap = '--bootstrap-server=kafka:9092';
    await containers.exec(kafka, `${bin}/kafka-topics.sh`, bootstrap, '--create', '--topic=orders', '--partitions=1');
    await containers.exec(kafka, 'bash', '-c', `seq 10 | ${bin}/kafka-console-producer.sh ${bootstrap} --topic orders`);
    await containers.exec(
      kafka,
      `${bin}/kafka-console-consumer.sh`,
      bootstrap,
      ...['--topic=orders', '--group=billing', '--from-beginning', '--max-messages=4'],
    );
    const exporter = await containers.start(referenceOf(built, 'kafka-exporter'), {
      command: ['--kafka.server=kafka:9092'],
      network: networkName,
      publish: ['9308/tcp'],
    });
    const url = `http://127.0.0.1:${await publishedPort(exporter, '9308/tcp')}`;
    const metrics = (): Promise<string> => fetch(`${url}/metrics`).then((answer) => answer.text(), String);
    await expect.poll(metrics, { timeout: 30_000 }).toMatch(/^kafka_brokers 1$/m);
    const exposition = await metrics();
    expect(exposition).toMatch(/^kafka_broker_info\{address="kafka:9092",id="1"\} 1$/m);
    expect(exposition).toMatch(/^kafka_topic_partition_current_offset\{partition="0",topic="orders"\} 10$/m);
    expect(exposition).toMatch(/^kafka_consumergroup_current_offset_sum\{consumergroup="billing",topic="orders"\} 4$/m);
    expect(exposition).toMatch(/^kafka_consumergroup_lag_sum\{consumergroup="billing",topic="orders"\} 6$/m);
    expect(await fetch(`${url}/healthz`).then((answer) => answer.text())).toBe('ok');
  });

  it('the JMX exporter reads the broker’s beans', async () => {
    const { id: networkName } = network;
    await startKafka({
      env: { ...singleNode, KAFKA_JMX_PORT: '9999', KAFKA_JMX_HOSTNAME: 'kafka' },
      network: networkName,
      alias: 'kafka',
    });
    await writeFile(
      path.join(folder, 'jmx.yaml'),
      'hostPort: kafka:9999\nincludeObjectNames: ["kafka.server:type=BrokerTopicMetrics,*"]\nrules:\n  - pattern: .*\n',
    );
    const exporter = await containers.start(referenceOf(built, 'jmx-exporter'), {
      binds: [`${folder}/jmx.yaml:/etc/jmx-exporter/config.yaml:ro`],
      network: networkName,
      alias: 'jmx-exporter',
      publish: ['5556/tcp'],
    });
    const url = `http://127.0.0.1:${await publishedPort(exporter, '5556/tcp')}/metrics`;
    const metrics = (): Promise<string> => fetch(url).then((answer) => answer.text(), String);
    await expect
      .poll(metrics, { timeout: 60_000, interval: 500 })
      .toMatch(/^kafka_server_BrokerTopicMetrics_Count\{name="MessagesInPerSec"/m);
  });
});
