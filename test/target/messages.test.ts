// Messages as they are in Kafka: ids, times, padding, and what is not one of ours.
import { describe, expect, it } from 'vitest';
import { decodeCommand, decodeEvent, encode } from '../../target/src/messages.ts';

const order = {
  messageId: 'm-1',
  producedAtUs: 1_700_000_000_000_000,
  orderId: 'o-1',
  customer: 'c',
  items: [{ product: 'espresso', quantity: 1 }],
};
const event = {
  messageId: 'm-2',
  producedAtUs: 2,
  type: 'order-confirmed',
  orderId: 'o-1',
  causeId: 'm-1',
  worker: 'w',
} as const;

describe('encode', () => {
  it('pads to exactly the size that is asked for', () => {
    const value = encode(order, 1000);
    expect(value).toHaveLength(1000);
    expect(decodeCommand(value)).toMatchObject({
      messageId: 'm-1',
      producedAtUs: 1_700_000_000_000_000,
      orderId: 'o-1',
    });
  });

  it('leaves a message alone that is large enough', () => {
    expect(JSON.parse(encode(order, 10).toString())).toEqual(order);
  });
});

describe('decode', () => {
  it('reads back what was written', () => {
    expect(decodeCommand(encode(order))).toEqual(order);
    expect(decodeEvent(encode(event))).toEqual(event);
  });

  it.each(['', 'text', 'null', '3', '{}', '{"orderId":"o-1"}', '{"messageId":"m","producedAtUs":"2","orderId":"o"}'])(
    'takes %j for neither an order nor an event',
    (text) => {
      expect(decodeCommand(Buffer.from(text))).toBeUndefined();
      expect(decodeEvent(Buffer.from(text))).toBeUndefined();
    },
  );

  it('does not take an event of an unknown type', () => {
    expect(decodeEvent(Buffer.from(JSON.stringify({ ...event, type: 'order-lost' })))).toBeUndefined();
  });
});
