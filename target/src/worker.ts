// A worker's process: consumes orders and payments, does the work, and reports each one as an order event.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { microsecondClock } from './clock.ts';
import { topicNames, workerConfig } from './config.ts';
import { awaitTopics, connectionCount, joinGroup, openProducer } from './kafka.ts';
import { workerMetrics } from './metrics.ts';
import { run, stopOnSignal } from './process.ts';
import { createProcessor } from './processor.ts';
import { publisher } from './publisher.ts';
import { createServer } from './server.ts';

const groupId = 'order-workers';
const consumed = [topicNames.orders, topicNames.payments];
/** How long brokers and topics may take to be there. */
const startDeadlineMs = 120_000;
const maxInHand = 1_000;
/** Every position is committed again this often, should a commit of another worker's past have set one back. */
const recommitMs = 5_000;

await run(async (env) => {
  const config = workerConfig(env);
  const cluster = { brokers: config.brokers, clientId: hostname() };
  const metrics = workerMetrics(consumed, topicNames.events, connectionCount);
  let joined: (() => boolean) | undefined;
  const server = createServer({
    logLevel: config.logLevel,
    registry: metrics.registry,
    health: () => (joined?.() ? [] : [`not in the consumer group ${groupId}`]),
  });
  await server.listen({ host: '0.0.0.0', port: config.port });

  await awaitTopics(cluster, [...consumed, topicNames.events], server.log, startDeadlineMs);
  // without its event a message is not done, so there is no point in giving one up
  const producer = await openProducer(cluster, { acks: 'all', retries: Infinity }, config.producer, server.log);
  const processor = createProcessor({
    work: config.delayMs > 0 ? () => sleep(config.delayMs) : undefined,
    publish: publisher({
      send: producer.send,
      metrics,
      worker: hostname(),
      nowUs: microsecondClock(),
      newId: randomUUID,
    }),
    maxInHand,
    onFailure: (err, { topic, partition, offset }) => {
      // what comes after it must not be committed: a new process begins at this message again
      server.log.fatal({ err, topic, partition, offset: String(offset) }, 'message cannot be processed');
      process.exit(1);
    },
  });
  const member = joinGroup(
    cluster,
    { groupId, topics: consumed, startAt: 'earliest' },
    { onAssigned: processor.assign, onMessage: processor.accept },
    server.log,
  );
  joined = member.joined;

  let recommitAt = 0;
  async function commit(): Promise<void> {
    if (!member.joined()) return;
    const all = performance.now() >= recommitAt;
    if (all) recommitAt = performance.now() + recommitMs;
    try {
      await member.commit(processor.positions(all ? 'all' : 'moved'));
    } catch (err) {
      recommitAt = 0;
      server.log.warn({ reason: String(err) }, 'positions not committed, trying again');
    }
  }
  let stopping = false;
  const committing = (async () => {
    while (!stopping) {
      await sleep(config.commitIntervalMs);
      await commit();
    }
  })();

  stopOnSignal(server.log, async () => {
    stopping = true;
    joined = () => false;
    await member.pause();
    await processor.idle();
    await committing;
    recommitAt = 0;
    await commit();
    await member.close();
    await producer.close();
    await server.close();
  });
});
