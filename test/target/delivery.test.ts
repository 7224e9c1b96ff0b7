// Which messages of a failed batch are in Kafka all the same, as the client's errors tell it.
import { expect, it } from 'vitest';
import { partialDelivery } from '../../target/src/delivery.ts';

const messages = [0, 1, 2].map((partition) => ({ topic: 'orders', key: String(partition), value: Buffer.from('{}') }));
const failure = new Error('given up');

function delivered(error: unknown): boolean[] {
  return partialDelivery(error, failure, messages, ({ key }) => Number(key)).map((outcome) => outcome === undefined);
}

/** The client's error for a produce request whose partitions were answered with these codes; 0 is success. */
function answered(codes: Readonly<Record<number, number>>): Error {
  const partitionResponses = Object.entries(codes).map(([index, errorCode]) => ({ index: Number(index), errorCode }));
  return Object.assign(new AggregateError([], 'response'), {
    response: { responses: [{ name: 'orders', partitionResponses }] },
  });
}

it('counts everything as failed when there was no answer', () => {
  expect(delivered(new Error('connection refused'))).toEqual([false, false, false]);
  expect(delivered('odd')).toEqual([false, false, false]);
});

it('counts a partition as delivered that the broker took, although another one was refused', () => {
  expect(delivered(new AggregateError([answered({ 0: 0, 1: 10 })]))).toEqual([true, false, false]);
});

it('goes by the last answer of a partition', () => {
  const refusedThenTaken = new AggregateError([new AggregateError([answered({ 0: 6 }), answered({ 0: 0 })])]);
  expect(delivered(refusedThenTaken)).toEqual([true, false, false]);
});

it('knows what other brokers took', () => {
  const error = Object.assign(new AggregateError([new Error('broker 2 is away')]), {
    produced: { offsets: [{ topic: 'orders', partition: 2, offset: 7n }] },
  });
  expect(delivered(error)).toEqual([false, false, true]);
});

it('does not mix up topics', () => {
  const error = Object.assign(new Error('x'), { produced: { offsets: [{ topic: 'payments', partition: 0 }] } });
  expect(delivered(error)).toEqual([false, false, false]);
});
