// The order API over HTTP, with a Kafka that each test plays.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addApi, type Backend, routes } from '../../target/src/api.ts';
import type { OutgoingMessage } from '../../target/src/messages.ts';
import { type GatewayMetrics, gatewayMetrics } from '../../target/src/metrics.ts';
import { createServer, type Health } from '../../target/src/server.ts';
import { createView, type View } from '../../target/src/view.ts';

const order = { customer: 'customer-1', items: [{ product: 'espresso', quantity: 2 }] };
const payment = { orderId: 'o-1', amountCents: 500, method: 'card' };
const noLatency = { postOrders: 0, postPayments: 0, getOrder: 0, getProducts: 0 };

let metrics: GatewayMetrics;
let view: View;
let sent: { readonly by: 'orders' | 'payments'; readonly message: OutgoingMessage }[];
let server: ReturnType<typeof createServer>;

interface Play {
  readonly send?: Backend['sendOrder'];
  readonly pending?: () => number;
  readonly health?: Health;
  readonly sleep?: Backend['sleep'];
  readonly config?: Partial<Parameters<typeof addApi>[3]>;
}

function start({ send, pending, health, sleep, config }: Play = {}) {
  metrics = gatewayMetrics(['orders', 'payments'], routes, () => 3);
  view = createView(10);
  sent = [];
  const sender = (by: 'orders' | 'payments') => async (message: OutgoingMessage) => {
    await send?.(message);
    sent.push({ by, message });
  };
  server = createServer({ logLevel: 'silent', registry: metrics.registry, health: health ?? (() => []) });
  const backend: Backend = {
    sendOrder: sender('orders'),
    sendPayment: sender('payments'),
    pending: pending ?? (() => 0),
    view,
    nowUs: () => 1_700_000_000_000_123,
    sleep: sleep ?? (async () => {}),
  };
  addApi(server, backend, metrics, { addedLatencyMs: noLatency, maxInFlight: 2, payloadBytes: 0, ...config });
  return server;
}

const post = (url: string, payload: unknown) =>
  server.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  });

async function count(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
  const metric = await metrics.registry.getSingleMetric(name)?.get();
  return metric?.values.find((value) => {
    const inner = (value as { metricName?: string }).metricName;
    const counts = inner === undefined || inner.endsWith('_count');
    return (
      counts && Object.entries(labels).every(([key, text]) => (value.labels as Record<string, unknown>)[key] === text)
    );
  })?.value;
}

beforeEach(() => {
  start();
});

afterEach(async () => {
  await server.close();
});

describe('POST /orders', () => {
  it('answers 202 with the id of the order, and where it will be', async () => {
    const answer = await post('/orders', order);
    expect(answer.statusCode).toBe(202);
    const { id, status } = answer.json();
    expect(status).toBe('accepted');
    expect(answer.headers.location).toBe(`/orders/${id}`);
  });

  it('produces the order on its id as key, with an id of its own and the time', async () => {
    const { id } = (await post('/orders', order)).json();
    expect(sent.map(({ by, message }) => [by, message.topic, message.key])).toEqual([['orders', 'orders', id]]);
    const value = JSON.parse(sent[0]?.message.value.toString() ?? '');
    expect(value).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      producedAtUs: 1_700_000_000_000_123,
      orderId: id,
      ...order,
    });
    expect(value.messageId).not.toBe(id);
  });

  it.each([
    ['no body', undefined, 'body must be object'],
    ['no customer', { items: order.items }, "body must have required property 'customer'"],
    ['a customer that is a number', { ...order, customer: 7 }, 'body/customer must be string'],
    ['no items', { ...order, items: [] }, 'body/items must NOT have fewer than 1 items'],
    ['half an item', { ...order, items: [{ product: 'x', quantity: 0.5 }] }, 'body/items/0/quantity must be integer'],
    ['a quantity of none', { ...order, items: [{ product: 'x', quantity: 0 }] }, 'body/items/0/quantity must be >= 1'],
    ['an unknown field', { ...order, coupon: 'X' }, 'body must NOT have additional properties'],
  ])('refuses %s with 400 and says why', async (_what, body, message) => {
    const answer = await post('/orders', body ?? null);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().message).toBe(message);
    expect(sent).toEqual([]);
  });

  it('refuses what is not JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await server.inject({ method: 'POST', url: '/orders', headers, payload: '{' })).statusCode).toBe(400);
    expect((await server.inject({ method: 'POST', url: '/orders', payload: 'x' })).statusCode).toBe(415);
  });

  it('pads messages to the configured size', async () => {
    start({ config: { payloadBytes: 1500 } });
    await post('/orders', order);
    expect(sent[0]?.message.value).toHaveLength(1500);
  });
});

describe('POST /payments', () => {
  it('answers 201 once the payment is acknowledged', async () => {
    const answer = await post('/payments', payment);
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ orderId: 'o-1', status: 'accepted' });
    expect(sent.map(({ by, message }) => [by, message.topic, message.key])).toEqual([['payments', 'payments', 'o-1']]);
  });

  it('refuses a bad amount', async () => {
    const answer = await post('/payments', { ...payment, amountCents: -1 });
    expect([answer.statusCode, answer.json().message]).toEqual([400, 'body/amountCents must be >= 1']);
  });
});

describe('GET /orders/{id}', () => {
  it('is 404 until a worker has reported the order', async () => {
    const { id } = (await post('/orders', order)).json();
    expect((await server.inject(`/orders/${id}`)).statusCode).toBe(404);
    const event = { messageId: 'e', producedAtUs: 1, orderId: id, causeId: 'm', worker: 'worker-1' };
    view.apply({ ...event, type: 'order-confirmed' });
    expect((await server.inject(`/orders/${id}`)).json()).toMatchObject({
      id,
      status: 'confirmed',
      worker: 'worker-1',
    });
    view.apply({ ...event, type: 'payment-settled' });
    expect((await server.inject(`/orders/${id}`)).json()).toMatchObject({ id, status: 'paid' });
  });
});

it('GET /products lists what can be ordered', async () => {
  const { products } = (await server.inject('/products')).json();
  expect(products).toHaveLength(8);
  expect(products[0]).toEqual({ id: 'espresso', priceCents: 250 });
});

describe('when the broker does not answer', () => {
  it('answers 503, and counts an error instead of an acknowledgement', async () => {
    start({
      send: async () => {
        throw new Error('connection refused');
      },
    });
    const answer = await post('/orders', order);
    expect([answer.statusCode, answer.json().message]).toEqual([
      503,
      'the broker did not acknowledge the message: connection refused',
    ]);
    expect(await count('target_messages_acknowledged_total', { topic: 'orders' })).toBe(0);
    expect(await count('target_produce_errors_total', { topic: 'orders' })).toBe(1);
  });

  it('answers 503 at once when too many messages wait already, and produces nothing', async () => {
    start({ pending: () => 2 });
    const answer = await post('/orders', order);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(sent).toEqual([]);
    expect(await count('target_produce_errors_total', { topic: 'orders' })).toBe(0);
  });
});

describe('metrics', () => {
  it('count an acknowledgement after the broker has answered, not before', async () => {
    let acknowledge = (): void => {};
    const asked = new Promise<void>((resolve) => {
      start({
        send: () =>
          new Promise<void>((done) => {
            acknowledge = done;
            resolve();
          }),
      });
    });
    const answer = post('/orders', order);
    await asked;
    expect(await count('target_messages_acknowledged_total', { topic: 'orders' })).toBe(0);
    acknowledge();
    await answer;
    expect(await count('target_messages_acknowledged_total', { topic: 'orders' })).toBe(1);
  });

  it('name routes, not URLs', async () => {
    await server.inject('/orders/1');
    await server.inject('/orders/2');
    await server.inject('/nowhere');
    const labels = { route: '/orders/{id}', method: 'GET', status: '404' };
    expect(await count('target_http_request_duration_seconds', labels)).toBe(2);
    expect(await count('target_http_request_duration_seconds', { route: 'unknown', status: '404' })).toBe(1);
  });

  it('have every route and topic from the start, and leave probes out', async () => {
    await server.inject('/healthz');
    const text = (await server.inject('/metrics')).body;
    for (const { route, method, status } of routes)
      expect(text).toContain(
        `target_http_request_duration_seconds_count{route="${route}",method="${method}",status="${status}"} 0`,
      );
    expect(text).toContain('target_messages_acknowledged_total{topic="payments"} 0');
    expect(text).toContain('target_kafka_connections 3');
    expect(text).not.toContain('healthz');
  });
});

describe('GET /healthz', () => {
  it('is 200 when nothing is amiss', async () => {
    const answer = await server.inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { ready: true, reasons: [] }]);
  });

  it('is 503 with the reasons otherwise', async () => {
    start({ health: () => ['brokers: no answer'] });
    const answer = await server.inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([503, { ready: false, reasons: ['brokers: no answer'] }]);
  });
});

it.each([
  ['postOrders', 'POST', '/orders', order, 202],
  ['postPayments', 'POST', '/payments', payment, 201],
  ['getOrder', 'GET', '/orders/1', undefined, 404],
  ['getProducts', 'GET', '/products', undefined, 200],
] as const)('added latency of %s holds back that route, and no other', async (knob, method, url, body, status) => {
  const slept: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms);
  };
  start({ sleep, config: { addedLatencyMs: { ...noLatency, [knob]: 25 } } });
  const call = () => (method === 'POST' ? post(url, body) : server.inject(url));
  expect((await call()).statusCode).toBe(status);
  expect(slept).toEqual([25]);
  await Promise.all([
    post('/orders', order),
    post('/payments', payment),
    server.inject('/orders/1'),
    server.inject('/products'),
  ]);
  expect(slept).toEqual([25, 25]);
});
