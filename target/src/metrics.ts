// What gateway and worker measure of themselves.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Bucket borders from `first` to at least `last` seconds, each `factor` times the one before, three digits each. */
export function buckets(first: number, last: number, factor: number): number[] {
  const count = Math.ceil(Math.log(last / first) / Math.log(factor)) + 1;
  return Array.from({ length: count }, (_, i) => Number((first * factor ** i).toPrecision(3)));
}

/** A registry with the metrics that every Node process has; `connections` counts those to Kafka. */
function registryOf(connections: () => number): Registry {
  const registry = new Registry();
  // 100 ms instead of 10: the timer behind it alone would cost an idle process a good part of a percent of a core
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  new Gauge({
    name: 'target_kafka_connections',
    help: 'Open connections to Kafka.',
    registers: [registry],
    collect() {
      this.set(connections());
    },
  });
  return registry;
}

export type GatewayMetrics = ReturnType<typeof gatewayMetrics>;

/** The gateway's metrics. Series of known routes and topics exist from the start, at zero: a rate needs a first value. */
export function gatewayMetrics(
  topics: readonly string[],
  routes: readonly { readonly route: string; readonly method: string; readonly status: number }[],
  connections: () => number,
) {
  const registry = registryOf(connections);
  const requests = new Histogram({
    name: 'target_http_request_duration_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['route', 'method', 'status'],
    buckets: buckets(0.0005, 30, 1.25),
    registers: [registry],
  });
  for (const { route, method, status } of routes) requests.zero({ route, method, status: String(status) });
  return { registry, requests, ...producerMetrics(registry, topics) };
}

export type WorkerMetrics = ReturnType<typeof workerMetrics>;

/** A worker's metrics, for the topics that it consumes and the one that it produces to. */
export function workerMetrics(consumed: readonly string[], produced: string, connections: () => number) {
  const registry = registryOf(connections);
  const consumedTotal = new Counter({
    name: 'target_messages_consumed_total',
    help: 'Messages processed: the work is done, and the broker has acknowledged the event about it.',
    labelNames: ['topic'],
    registers: [registry],
  });
  const invalid = new Counter({
    name: 'target_messages_invalid_total',
    help: 'Messages consumed that are not of this system; they are skipped. Also in target_messages_consumed_total.',
    labelNames: ['topic'],
    registers: [registry],
  });
  const endToEnd = new Histogram({
    name: 'target_end_to_end_latency_seconds',
    help: 'Time from produced to processed.',
    labelNames: ['topic'],
    // fine: a quantile read from it is at most 10 % off
    buckets: buckets(0.0005, 60, 1.1),
    registers: [registry],
  });
  for (const topic of consumed) {
    consumedTotal.inc({ topic }, 0);
    invalid.inc({ topic }, 0);
    endToEnd.zero({ topic });
  }
  return { registry, consumed: consumedTotal, invalid, endToEnd, ...producerMetrics(registry, [produced]) };
}

function producerMetrics(registry: Registry, topics: readonly string[]) {
  const acknowledged = new Counter({
    name: 'target_messages_acknowledged_total',
    help: 'Messages that the broker has acknowledged.',
    labelNames: ['topic'],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'target_produce_errors_total',
    help: 'Messages given up: refused, or without an answer, so that the broker may have them or not.',
    labelNames: ['topic'],
    registers: [registry],
  });
  for (const topic of topics) {
    acknowledged.inc({ topic }, 0);
    errors.inc({ topic }, 0);
  }
  return { acknowledged, errors };
}
