// The order API as scenarios call it: one function per API, each with its `name` tag, its group and its checks.
//
// The `name` tag is what tells APIs apart in every metric. Without it k6 uses the URL, and each order's own URL
// becomes series of its own, until the run is stopped for having too many.
import { check, group } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import { order, payment } from './payload.ts';

/** where the system under test is, as seen from k6; `lab:run` sets it */
const baseUrl = (__ENV.BASE_URL || 'http://gateway:8000').replace(/\/$/, '');

/** The names that the APIs have in every metric. */
export const api = {
  postOrder: 'POST /orders',
  postPayment: 'POST /payments',
  getOrder: 'GET /orders/{id}',
  getProducts: 'GET /products',
} as const;

const json = { 'Content-Type': 'application/json' };

/** Places an order; its id, or undefined when it was refused. */
export function postOrder(): string | undefined {
  return group('order', () => {
    const response = http.post(`${baseUrl}/orders`, JSON.stringify(order()), {
      headers: json,
      responseType: 'text',
      tags: { name: api.postOrder },
    });
    check(response, { 'order accepted': succeeded });
    return succeeded(response) ? identifier(response) : undefined;
  });
}

/** Pays for an order. */
export function postPayment(orderId: string): void {
  group('payment', () => {
    const response = http.post(`${baseUrl}/payments`, JSON.stringify(payment(orderId)), {
      headers: json,
      tags: { name: api.postPayment },
    });
    check(response, { 'payment accepted': succeeded });
  });
}

/** Looks an order up; it must be there, so give it the id of one that has been processed. */
export function getOrder(orderId: string): void {
  group('lookup', () => {
    const response = http.get(`${baseUrl}/orders/${encodeURIComponent(orderId)}`, { tags: { name: api.getOrder } });
    check(response, { 'order found': succeeded });
  });
}

/** Is the order in the worker's view yet? Asked while waiting: "not found" is an answer, not a failure. */
export function orderVisible(orderId: string): boolean {
  const response = http.get(`${baseUrl}/orders/${encodeURIComponent(orderId)}`, {
    tags: { name: api.getOrder },
    responseCallback: http.expectedStatuses(200, 404),
  });
  return succeeded(response);
}

/** Lists the products. */
export function getProducts(): void {
  group('catalogue', () => {
    const response = http.get(`${baseUrl}/products`, { tags: { name: api.getProducts } });
    check(response, { 'products listed': succeeded });
  });
}

function succeeded(response: RefinedResponse<http.ResponseType | undefined>): boolean {
  return response.status >= 200 && response.status < 300;
}

function identifier(response: RefinedResponse<'text'>): string | undefined {
  const id = response.json('id');
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
