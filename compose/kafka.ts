// Kafka brokers in KRaft mode, each broker and controller at once: kafka-1, or kafka-1 to kafka-3.

import { kafkaImage } from '../images/kafka/image.ts';
import { limitOf, parseMemory } from '../src/config/resources.ts';
import type { Config } from '../src/config/schema.ts';
import { common, healthcheck, published, tcpProbe } from './fragment.ts';
import type { LabContext, Service } from './service.ts';

const jmxPort = 9999;
const MiB = 1024 ** 2;

/** Broker ids, 1 to brokers. */
export function brokerIds(config: Config): readonly number[] {
  return Array.from({ length: config.brokers }, (_, i) => i + 1);
}

/** Bootstrap servers on the lab's network. */
export function labBootstrap(config: Config): string {
  return brokerIds(config)
    .map((id) => `kafka-${id}:9092`)
    .join(',');
}

/** Bootstrap servers for programs on the host. */
export function hostBootstrap(config: Config): string {
  return brokerIds(config)
    .map((id) => `127.0.0.1:${hostPort(config, id)}`)
    .join(',');
}

/** Name and port under which the JMX exporter reaches a broker; the name exists on the jmx network only. */
export function jmxAddress(id: number): { readonly host: string; readonly port: number } {
  return { host: `kafka-${id}-jmx`, port: jmxPort };
}

/** Replication of the lab's topics and Kafka's internal ones. */
export function replication(config: Config): { readonly factor: number; readonly minInSync: number } {
  return config.brokers === 3 ? { factor: 3, minInSync: 2 } : { factor: 1, minInSync: 1 };
}

/** The brokers of the lab. */
export function kafka(context: LabContext): readonly Service[] {
  const { config } = context;
  const ids = brokerIds(config);
  return ids.map((id) => {
    const name = `kafka-${id}`;
    return {
      name,
      component: 'kafka',
      image: kafkaImage(config.kafka.version),
      compose: {
        ...common(context, name, 'kafka'),
        networks: { lab: {}, jmx: { aliases: [jmxAddress(id).host] } },
        environment: environment(context, id),
        ports: [published(hostPort(config, id), 19_092)],
        volumes: [`${name}-data:/var/lib/kafka/data`],
        healthcheck: healthcheck(context, tcpProbe(9092)),
        stop_grace_period: '30s',
      },
      volumes: { [`${name}-data`]: {} },
      ready: { kind: 'brokers', bootstrap: hostBootstrap(config), count: ids.length },
      readyTimeoutMs: 90_000,
      url: `127.0.0.1:${hostPort(config, id)}`,
    };
  });
}

function hostPort(config: Config, id: number): number {
  return config.ports.kafka + id - 1;
}

function environment(context: LabContext, id: number): Readonly<Record<string, string>> {
  const { config } = context;
  const { factor, minInSync } = replication(config);
  const voters = brokerIds(config).map((n) => `${n}@kafka-${n}:9093`);
  const properties: Readonly<Record<string, string | number | boolean>> = {
    'node.id': id,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: 'LAB://:9092,HOST://:19092,CONTROLLER://:9093',
    'advertised.listeners': `LAB://kafka-${id}:9092,HOST://127.0.0.1:${hostPort(config, id)}`,
    'listener.security.protocol.map': 'LAB:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'LAB',
    'log.dirs': '/var/lib/kafka/data',
    'auto.create.topics.enable': false,
    'default.replication.factor': factor,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': minInSync,
    'share.coordinator.state.topic.replication.factor': factor,
    'share.coordinator.state.topic.min.isr': minInSync,
    'group.initial.rebalance.delay.ms': 0,
    ...config.kafka.settings,
  };
  const heapMiB = heapBytes(context, `kafka-${id}`) / MiB;
  return {
    CLUSTER_ID: 'a2Fma2EtbG9hZC1sYWIxMg',
    ...Object.fromEntries(Object.entries(properties).map(([key, value]) => [variable(key), String(value)])),
    KAFKA_HEAP_OPTS: `-Xms${Math.min(256, heapMiB)}m -Xmx${heapMiB}m`,
    KAFKA_JMX_OPTS: jmxOptions(id),
  };
}

/** Upstream's image turns KAFKA_A_B__C___D into a.b_c-d; this is the way back. */
function variable(property: string): string {
  const escaped = property.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_');
  return `KAFKA_${escaped.toUpperCase()}`;
}

function heapBytes(context: LabContext, service: string): number {
  const { heap } = context.config.kafka;
  if (heap) return Math.floor(parseMemory(heap) / MiB) * MiB;
  const limit = limitOf(context.config, context.machine, service, 'kafka');
  return Math.floor(Math.min(1024 * MiB, (limit?.memoryBytes ?? 2048 * MiB) / 2) / MiB) * MiB;
}

/**
 * JMX without authentication is remote code execution for whoever reaches the port: it is bound to the broker's address
 * on the internal jmx network alone. KAFKA_JMX_PORT is not used, because upstream's image then forces local.only=false.
 */
function jmxOptions(id: number): string {
  const { host, port } = jmxAddress(id);
  const options: Readonly<Record<string, string | number | boolean>> = {
    'com.sun.management.jmxremote.host': host,
    'com.sun.management.jmxremote.port': port,
    'com.sun.management.jmxremote.rmi.port': port,
    'com.sun.management.jmxremote.local.only': true,
    'com.sun.management.jmxremote.authenticate': false,
    'com.sun.management.jmxremote.ssl': false,
    'java.rmi.server.hostname': host,
  };
  return ['-Dcom.sun.management.jmxremote', ...Object.entries(options).map(([k, v]) => `-D${k}=${v}`)].join(' ');
}
