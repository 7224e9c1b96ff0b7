// What is sent: orders and payments of a few hundred bytes, different from one another and the same in every run.
import exec from 'k6/execution';

export interface Order {
  readonly customer: string;
  readonly items: readonly { readonly product: string; readonly quantity: number }[];
}

export interface Payment {
  readonly orderId: string;
  readonly amountCents: number;
  readonly method: string;
}

const products = ['espresso', 'lungo', 'ristretto', 'cortado', 'flat-white', 'filter', 'decaf', 'cold-brew'];
const methods = ['card', 'transfer', 'voucher'];
const customers = 1000;

/** An order of one to three items. Counted, not random: two runs of a scenario send the same orders. */
export function order(): Order {
  const n = count();
  return {
    customer: `customer-${n % customers}`,
    items: Array.from({ length: 1 + (n % 3) }, (_, i) => ({
      product: pick(products, n + i),
      quantity: 1 + ((n + i) % 4),
    })),
  };
}

/** The payment of an order. */
export function payment(orderId: string): Payment {
  const n = count();
  return { orderId, amountCents: 250 + (n % 40) * 25, method: pick(methods, n) };
}

/** The number of the iteration within its scenario; setup() has none, and counts from its calls. */
function count(): number {
  return exec.vu.idInTest === 0 ? setupCalls++ : exec.scenario.iterationInTest;
}

let setupCalls = 0;

function pick(from: readonly string[], n: number): string {
  return from[n % from.length] ?? '';
}
