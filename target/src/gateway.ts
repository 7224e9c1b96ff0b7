// The gateway's process: an HTTP API for orders and payments in front of Kafka.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { addApi, routes } from './api.ts';
import { microsecondClock } from './clock.ts';
import { gatewayConfig, topicNames } from './config.ts';
import { connectionCount, followTopic, type MessageSender, makeTopics, openProducer } from './kafka.ts';
import { decodeEvent } from './messages.ts';
import { gatewayMetrics } from './metrics.ts';
import { run, stopOnSignal } from './process.ts';
import { createServer } from './server.ts';
import { createView } from './view.ts';

/** How long brokers and topics may take to be there. */
const startDeadlineMs = 60_000;
const probeTimeoutMs = 2_000;

await run(async (env) => {
  const config = gatewayConfig(env);
  const cluster = { brokers: config.brokers, clientId: hostname() };
  const metrics = gatewayMetrics([topicNames.orders, topicNames.payments], routes, connectionCount);
  const view = createView(config.viewOrders);
  const nowUs = microsecondClock();
  const allTopics = [...new Set([...Object.values(topicNames), ...Object.keys(config.topics)])];
  let ready: (() => Promise<readonly string[]>) | undefined;

  const server = createServer({
    logLevel: config.logLevel,
    registry: metrics.registry,
    health: () => ready?.() ?? ['starting: topics and producers are not there yet'],
  });
  let orders: MessageSender | undefined;
  let payments: MessageSender | undefined;
  const connected = (producer: MessageSender | undefined): MessageSender => {
    if (!producer) throw new Error('the gateway is starting');
    return producer;
  };
  addApi(
    server,
    {
      sendOrder: async (message) => connected(orders).send(message),
      sendPayment: async (message) => connected(payments).send(message),
      pending: () => (orders?.pending() ?? 0) + (payments?.pending() ?? 0),
      view,
      nowUs,
      sleep,
    },
    metrics,
    config,
  );
  await server.listen({ host: '0.0.0.0', port: config.port });

  await makeTopics(cluster, config.topics, server.log, startDeadlineMs);
  const ordersProducer = await openProducer(cluster, config, config.producer, server.log);
  // a payment is always waited for, whatever the knob says about orders
  const paymentsProducer = await openProducer(
    cluster,
    { acks: 'all', retries: config.retries },
    config.producer,
    server.log,
  );
  orders = ordersProducer;
  payments = paymentsProducer;
  const events = followTopic(
    cluster,
    topicNames.events,
    (value) => {
      const event = decodeEvent(value);
      if (event) view.apply(event);
    },
    server.log,
  );
  ready = async () => {
    const following = events.joined() ? [] : ['order-events are not followed'];
    try {
      await ordersProducer.probe(allTopics, probeTimeoutMs);
      return following;
    } catch (error) {
      return [...following, `brokers: ${error instanceof Error ? error.message : error}`];
    }
  };

  stopOnSignal(server.log, async () => {
    ready = async () => ['stopping'];
    // no new requests; those under way wait for their acknowledgement
    await server.close();
    await Promise.all([ordersProducer.close(), paymentsProducer.close()]);
    await events.pause();
    await events.close();
  });
});
