// What one iteration does: a single request of the usual mix, or a customer's whole visit.
import { fail, sleep } from 'k6';
import exec from 'k6/execution';
import { getOrder, getProducts, orderVisible, postOrder, postPayment } from './shop.ts';

/** What setup() hands to every VU: orders that the worker has processed, so that looking them up succeeds. */
export interface Seed {
  readonly orderIds: readonly string[];
}

const seedOrders = 10;
const seedDeadlineS = 15;

/** Places some orders and waits until the worker has them. Fails the run when it never does. */
export function seed(): Seed {
  const orderIds = Array.from({ length: seedOrders }, () => {
    const id = postOrder();
    return id ?? fail('POST /orders was refused, or answered without an id: is the system under test healthy?');
  });
  const last = orderIds.at(-1) ?? '';
  for (let waitedS = 0; !orderIds.every(orderVisible); waitedS += 0.25) {
    if (waitedS >= seedDeadlineS)
      fail(
        `order ${last} was accepted, but GET /orders/{id} did not find it within ${seedDeadlineS} s: is a worker running?`,
      );
    sleep(0.25);
  }
  return { orderIds };
}

/** Of every twenty iterations: 10 orders, 4 payments, 4 lookups, 2 product lists. */
const mix = 'OPOLOPOGOLOPOLOPOGOL';

/** One request of the mix. Its kind depends on the iteration's number, so every run has the same share of each. */
export function mixedRequest(data: Seed): void {
  const n = exec.scenario.iterationInTest;
  const kind = mix[n % mix.length];
  if (kind === 'O') postOrder();
  else if (kind === 'P') postPayment(orderOf(data, n));
  else if (kind === 'L') getOrder(orderOf(data, n));
  else getProducts();
}

/** A customer's visit, one request after the other: products, an order, its payment, and a look at an earlier order. */
export function visit(data: Seed, thinkTimeS = 0): void {
  getProducts();
  think(thinkTimeS);
  const id = postOrder();
  think(thinkTimeS);
  if (id !== undefined) postPayment(id);
  think(thinkTimeS);
  getOrder(orderOf(data, exec.scenario.iterationInTest));
}

/** A pause of `meanS` seconds, give or take half of it, so that visits do not march in step. */
function think(meanS: number): void {
  if (meanS > 0) sleep(meanS * (0.5 + Math.random()));
}

function orderOf(data: Seed, n: number): string {
  return data.orderIds[n % data.orderIds.length] ?? fail('setup() made no orders');
}
