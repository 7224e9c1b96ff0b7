// The worker's view: what events say of an order, and what is dropped first.
import { expect, it } from 'vitest';
import type { OrderEvent } from '../../target/src/messages.ts';
import { createView } from '../../target/src/view.ts';

function event(orderId: string, type: OrderEvent['type'] = 'order-confirmed', worker = 'worker-1'): OrderEvent {
  return { messageId: `m-${orderId}`, producedAtUs: 1, type, orderId, causeId: 'c', worker };
}

it('knows an order after its first event', () => {
  const view = createView(10);
  expect(view.get('a')).toBeUndefined();
  view.apply(event('a'));
  expect(view.get('a')).toEqual({ id: 'a', confirmed: true, paid: false, worker: 'worker-1' });
});

it('comes to the same in either order of events, and when one is repeated', () => {
  const both = { id: 'a', confirmed: true, paid: true, worker: 'worker-1' };
  for (const types of [
    ['order-confirmed', 'payment-settled'],
    ['payment-settled', 'order-confirmed', 'order-confirmed'],
  ] as const) {
    const view = createView(10);
    for (const type of types) view.apply(event('a', type));
    expect(view.get('a')).toEqual(both);
  }
});

it('drops the order that was not asked for the longest', () => {
  const view = createView(2);
  view.apply(event('a'));
  view.apply(event('b'));
  view.get('a');
  view.apply(event('c'));
  expect([view.get('a')?.id, view.get('b')?.id, view.get('c')?.id]).toEqual(['a', undefined, 'c']);
  expect(view.size()).toBe(2);
});
