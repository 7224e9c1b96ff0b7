// Batches: one under way at a time, closed by size or time, settled message by message.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBatcher, type Delivery } from '../../target/src/batcher.ts';
import type { OutgoingMessage } from '../../target/src/messages.ts';

function message(name: string, bytes = 10): OutgoingMessage {
  return { topic: 'orders', key: name, value: Buffer.alloc(bytes) };
}

/** A broker that holds every batch until it is answered. */
function heldBroker() {
  const batches: { readonly keys: readonly string[]; readonly answer: (outcome: Delivery | Error) => void }[] = [];
  const arrivals: (() => void)[] = [];
  return {
    batches,
    arrived: async (count: number) => {
      while (batches.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
      const batch = batches[count - 1];
      if (!batch) throw new Error('no batch');
      return batch;
    },
    deliver: (batch: readonly OutgoingMessage[]) =>
      new Promise<Delivery>((resolve, reject) => {
        batches.push({
          keys: batch.map(({ key }) => key),
          answer: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)),
        });
        for (const arrival of arrivals.splice(0)) arrival();
      }),
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a batch', () => {
  it('takes everything handed in during one turn of the event loop', async () => {
    const broker = heldBroker();
    const batcher = createBatcher({ deliver: broker.deliver, lingerMs: 0, batchBytes: 1000 });
    const sent = [batcher.send(message('a')), batcher.send(message('b'))];
    const first = await broker.arrived(1);
    expect(first.keys).toEqual(['a', 'b']);
    first.answer([]);
    await Promise.all(sent);
    expect(batcher.pending()).toBe(0);
  });

  it('waits for the one before it: what arrives meanwhile goes out together', async () => {
    const broker = heldBroker();
    const batcher = createBatcher({ deliver: broker.deliver, lingerMs: 0, batchBytes: 1000 });
    void batcher.send(message('a'));
    const first = await broker.arrived(1);
    const later = [batcher.send(message('b')), batcher.send(message('c'))];
    expect(batcher.pending()).toBe(3);
    expect(broker.batches).toHaveLength(1);
    first.answer([]);
    const second = await broker.arrived(2);
    expect(second.keys).toEqual(['b', 'c']);
    second.answer([]);
    await Promise.all(later);
  });

  it('is closed before it grows beyond its size; a message that alone is larger goes by itself', async () => {
    const broker = heldBroker();
    const batcher = createBatcher({ deliver: broker.deliver, lingerMs: 0, batchBytes: 100 });
    const names = ['a', 'b', 'c', 'huge', 'd'];
    const sent = names.map((name) => batcher.send(message(name, name === 'huge' ? 500 : 50)));
    for (let n = 1; n <= 4; n++) (await broker.arrived(n)).answer([]);
    await Promise.all(sent);
    expect(broker.batches.map(({ keys }) => keys)).toEqual([['a', 'b'], ['c'], ['huge'], ['d']]);
  });

  it('lingers for others, unless it is full', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const broker = heldBroker();
    const batcher = createBatcher({ deliver: broker.deliver, lingerMs: 20, batchBytes: 100 });
    void batcher.send(message('a', 10));
    await vi.advanceTimersByTimeAsync(19);
    expect(broker.batches).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(broker.batches.map(({ keys }) => keys)).toEqual([['a']]);
    broker.batches[0]?.answer([]);
    await batcher.drained();

    void batcher.send(message('b', 60));
    void batcher.send(message('c', 40));
    expect((await broker.arrived(2)).keys).toEqual(['b', 'c']);
  });

  it('settles each message by its own outcome', async () => {
    const broker = heldBroker();
    const batcher = createBatcher({ deliver: broker.deliver, lingerMs: 0, batchBytes: 1000 });
    const sent = [batcher.send(message('a')), batcher.send(message('b'))];
    (await broker.arrived(1)).answer([undefined, new Error('too large')]);
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('fails as a whole when it cannot be sent, and the next one is tried', async () => {
    const broker = heldBroker();
    const batcher = createBatcher({ deliver: broker.deliver, lingerMs: 0, batchBytes: 1000 });
    const failed = batcher.send(message('a'));
    (await broker.arrived(1)).answer(new Error('no broker'));
    await expect(failed).rejects.toThrow('no broker');
    const next = batcher.send(message('b'));
    (await broker.arrived(2)).answer([]);
    await expect(next).resolves.toBeUndefined();
  });
});

it('is drained when the last batch is settled, not before', async () => {
  const broker = heldBroker();
  const batcher = createBatcher({ deliver: broker.deliver, lingerMs: 0, batchBytes: 10 });
  await batcher.drained();
  void batcher.send(message('a'));
  void batcher.send(message('b'));
  let drained = false;
  const done = batcher.drained().then(() => {
    drained = true;
  });
  (await broker.arrived(1)).answer([]);
  const last = await broker.arrived(2);
  expect(drained).toBe(false);
  last.answer([]);
  await done;
});
