// The worker's view of orders as the gateway knows it: made from order-events, bounded, least recently used out first.
import type { OrderEvent } from './messages.ts';

export interface OrderView {
  readonly id: string;
  readonly confirmed: boolean;
  readonly paid: boolean;
  /** the worker of the last event */
  readonly worker: string;
}

export interface View {
  apply(event: OrderEvent): void;
  get(orderId: string): OrderView | undefined;
  size(): number;
}

/** An empty view that keeps at most `limit` orders. Applying an event twice changes nothing. */
export function createView(limit: number): View {
  // a Map keeps the order of insertion: the first key is the one not used for longest
  const orders = new Map<string, OrderView>();

  function touch(order: OrderView): void {
    orders.delete(order.id);
    orders.set(order.id, order);
    if (orders.size <= limit) return;
    const oldest = orders.keys().next();
    if (!oldest.done) orders.delete(oldest.value);
  }

  return {
    apply: ({ orderId, type, worker }) => {
      const before = orders.get(orderId);
      touch({
        id: orderId,
        confirmed: type === 'order-confirmed' || (before?.confirmed ?? false),
        paid: type === 'payment-settled' || (before?.paid ?? false),
        worker,
      });
    },
    get: (orderId) => {
      const order = orders.get(orderId);
      if (order) touch(order);
      return order;
    },
    size: () => orders.size,
  };
}
