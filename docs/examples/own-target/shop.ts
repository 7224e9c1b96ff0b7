// A system of your own, as small as it can be: POST /clicks goes to the topic `clicks`, acknowledged by the broker.
import { createServer } from 'node:http';
import { Producer } from '@platformatic/kafka';
import { Counter, register } from 'prom-client';

const bootstrapBrokers = (process.env.KAFKA_BROKERS ?? 'kafka-1:9092').split(',');
const producer = new Producer({ clientId: 'shop', bootstrapBrokers, idempotent: true });
const acknowledged = new Counter({ name: 'shop_clicks_acknowledged_total', help: 'Clicks that the broker has.' });

/** The answer to a request: status and text. */
async function answer(method = '', url = '', body: Buffer): Promise<readonly [number, string]> {
  if (method === 'POST' && url === '/clicks') {
    await producer.send({ messages: [{ topic: 'clicks', value: body }] });
    acknowledged.inc();
    return [202, ''];
  }
  if (url === '/healthz') {
    await producer.metadata({ topics: ['clicks'], retries: 0 });
    return [200, 'ok\n'];
  }
  if (url === '/metrics') return [200, await register.metrics()];
  return [404, 'not found\n'];
}

const server = createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [status, text] = await answer(request.method, request.url, Buffer.concat(chunks));
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  } catch (error) {
    response.writeHead(503, { 'content-type': 'text/plain' }).end(`${error}\n`);
  }
});

server.listen(Number(process.env.PORT ?? 8080));
process.on('SIGTERM', () => server.close(() => producer.close().then(() => process.exit(0))));
