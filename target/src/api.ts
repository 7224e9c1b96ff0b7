// The order API: its routes, what they accept and what they answer. Kafka is behind `Backend`.
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type GatewayConfig, topicNames } from './config.ts';
import { encode, type NewOrder, type NewPayment, type OutgoingMessage } from './messages.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { View } from './view.ts';

export interface Backend {
  /** Resolves when the broker has acknowledged an order, as far as TARGET_PRODUCER_ACKS asks for it. */
  readonly sendOrder: (message: OutgoingMessage) => Promise<void>;
  /** Resolves when every in-sync replica has a payment. */
  readonly sendPayment: (message: OutgoingMessage) => Promise<void>;
  /** messages handed to either and not yet settled */
  readonly pending: () => number;
  readonly view: View;
  /** microseconds since 1970 */
  readonly nowUs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Every route with the status of its success, as metrics name them. */
export const routes = [
  { route: '/orders', method: 'POST', status: 202 },
  { route: '/payments', method: 'POST', status: 201 },
  { route: '/orders/{id}', method: 'GET', status: 200 },
  { route: '/products', method: 'GET', status: 200 },
] as const;

const names = ['espresso', 'lungo', 'ristretto', 'cortado', 'flat-white', 'filter', 'decaf', 'cold-brew'];
const products = names.map((id, i) => ({ id, priceCents: 250 + 25 * i }));

const text = { type: 'string', minLength: 1, maxLength: 200 } as const;

const orderSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['customer', 'items'],
  properties: {
    customer: text,
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['product', 'quantity'],
        properties: { product: text, quantity: { type: 'integer', minimum: 1, maximum: 1000 } },
      },
    },
  },
} as const;

const paymentSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['orderId', 'amountCents', 'method'],
  properties: { orderId: text, amountCents: { type: 'integer', minimum: 1, maximum: 100_000_000 }, method: text },
} as const;

type ApiConfig = Pick<GatewayConfig, 'addedLatencyMs' | 'maxInFlight' | 'payloadBytes'>;

/** Adds the order API to a server. */
export function addApi(server: FastifyInstance, backend: Backend, metrics: GatewayMetrics, config: ApiConfig): void {
  const { addedLatencyMs, payloadBytes } = config;

  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url?.replace(/:(\w+)/g, '{$1}') ?? 'unknown';
    // probes and scrapes are not traffic
    if (route === '/healthz' || route === '/metrics') return;
    metrics.requests.observe(
      { route, method: request.method, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });

  /** Sends a message, and answers with 503 instead when there is no room for it or the broker does not take it. */
  async function produce(
    reply: FastifyReply,
    send: (message: OutgoingMessage) => Promise<void>,
    message: OutgoingMessage,
  ): Promise<boolean> {
    if (backend.pending() >= config.maxInFlight) {
      void reply.header('retry-after', '1');
      refuse(reply, `${config.maxInFlight} messages are waiting for the broker already`);
      return false;
    }
    try {
      await send(message);
      metrics.acknowledged.inc({ topic: message.topic });
      return true;
    } catch (error) {
      metrics.errors.inc({ topic: message.topic });
      refuse(reply, `the broker did not acknowledge the message: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }

  server.post<{ Body: NewOrder }>('/orders', { schema: { body: orderSchema } }, async (request, reply) => {
    if (addedLatencyMs.postOrders > 0) await backend.sleep(addedLatencyMs.postOrders);
    const orderId = randomUUID();
    const stamp = { messageId: randomUUID(), producedAtUs: backend.nowUs() };
    const value = encode({ ...stamp, orderId, ...request.body }, payloadBytes);
    if (!(await produce(reply, backend.sendOrder, { topic: topicNames.orders, key: orderId, value }))) return reply;
    return reply.code(202).header('location', `/orders/${orderId}`).send({ id: orderId, status: 'accepted' });
  });

  server.post<{ Body: NewPayment }>('/payments', { schema: { body: paymentSchema } }, async (request, reply) => {
    if (addedLatencyMs.postPayments > 0) await backend.sleep(addedLatencyMs.postPayments);
    const { orderId } = request.body;
    const messageId = randomUUID();
    const value = encode({ messageId, producedAtUs: backend.nowUs(), ...request.body }, payloadBytes);
    if (!(await produce(reply, backend.sendPayment, { topic: topicNames.payments, key: orderId, value }))) return reply;
    return reply.code(201).send({ id: messageId, orderId, status: 'accepted' });
  });

  server.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
    if (addedLatencyMs.getOrder > 0) await backend.sleep(addedLatencyMs.getOrder);
    const order = backend.view.get(request.params.id);
    if (order) return { ...order, status: order.paid ? 'paid' : 'confirmed' };
    const message = `no worker has reported order ${request.params.id} yet, or it is out of the view`;
    return reply.code(404).send({ statusCode: 404, error: 'Not Found', message });
  });

  server.get('/products', async () => {
    if (addedLatencyMs.getProducts > 0) await backend.sleep(addedLatencyMs.getProducts);
    return { products };
  });
}

function refuse(reply: FastifyReply, message: string): void {
  void reply.code(503).send({ statusCode: 503, error: 'Service Unavailable', message });
}
