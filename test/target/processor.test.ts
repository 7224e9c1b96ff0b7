// The worker's processing: in order per partition, committed up to what is done, safe through rebalances.
import { describe, expect, it } from 'vitest';
import { createProcessor, type Incoming, type Processor } from '../../target/src/processor.ts';

function message(partition: number, offset: number, generation = 1): Incoming {
  return { topic: 'orders', partition, offset: BigInt(offset), value: Buffer.alloc(0), generation };
}

function position(partition: number, offset: number) {
  return { topic: 'orders', partition, offset: BigInt(offset) };
}

const name = ({ partition, offset }: Incoming): string => `${partition}:${offset}`;

/** Work or publishing that each test finishes by hand. */
function byHand() {
  const begun = new Map<string, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  const of = (key: string) => {
    const promise = begun.get(key);
    if (!promise) throw new Error(`${key} is not begun; there are ${[...begun.keys()].join(' ')}`);
    return promise;
  };
  return {
    begun: () => [...begun.keys()],
    finish: async (key: string) => {
      of(key).resolve();
      await settled();
    },
    fail: async (key: string) => {
      of(key).reject(new Error('refused'));
      await settled();
    },
    step: (incoming: Incoming) =>
      new Promise<void>((resolve, reject) => begun.set(name(incoming), { resolve, reject })),
  };
}

/** Every promise that can settle by now has. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(options: { readonly work?: boolean; readonly maxInHand?: number } = {}) {
  const work = byHand();
  const publish = byHand();
  const failures: string[] = [];
  const processor = createProcessor({
    work: options.work ? work.step : undefined,
    publish: publish.step,
    maxInHand: options.maxInHand ?? 100,
    onFailure: (error, incoming) => failures.push(`${name(incoming)} ${error.message}`),
  });
  return { processor, work, publish, failures };
}

const committable = (processor: Processor, which: 'moved' | 'all' = 'moved') =>
  processor.positions(which).map(({ partition, offset }) => `${partition}:${offset}`);

describe('positions to commit', () => {
  it('begin with where each partition starts, so that its lag is known before its first message', () => {
    const { processor } = setUp();
    processor.assign([position(0, 0), position(1, 40)], 1);
    expect(committable(processor)).toEqual(['0:0', '1:40']);
    expect(committable(processor)).toEqual([]);
    expect(committable(processor, 'all')).toEqual(['0:0', '1:40']);
  });

  it('end before the first message that is not done', async () => {
    const { processor, publish } = setUp();
    processor.assign([position(0, 5)], 1);
    processor.positions('moved');
    for (const offset of [5, 6, 7]) processor.accept(message(0, offset));
    await publish.finish('0:6');
    expect(committable(processor)).toEqual([]);
    await publish.finish('0:5');
    expect(committable(processor)).toEqual(['0:7']);
    await publish.finish('0:7');
    expect(committable(processor)).toEqual(['0:8']);
  });

  it('stay before a message that failed', async () => {
    const { processor, publish, failures } = setUp();
    processor.assign([position(0, 0)], 1);
    processor.positions('moved');
    processor.accept(message(0, 0));
    processor.accept(message(0, 1));
    await publish.finish('0:1');
    await publish.fail('0:0');
    expect(failures).toEqual(['0:0 refused']);
    expect(committable(processor, 'all')).toEqual(['0:0']);
  });

  it('step over offsets that have no message', async () => {
    const { processor, publish } = setUp();
    processor.assign([position(0, 0)], 1);
    processor.accept(message(0, 9));
    await publish.finish('0:9');
    expect(committable(processor)).toEqual(['0:10']);
  });
});

describe('work', () => {
  it('is done one message after the other in a partition, side by side across partitions', async () => {
    const { processor, work } = setUp({ work: true });
    processor.assign([position(0, 0), position(1, 0)], 1);
    for (const incoming of [message(0, 0), message(0, 1), message(1, 0)]) processor.accept(incoming);
    await settled();
    expect(work.begun()).toEqual(['0:0', '1:0']);
    await work.finish('0:0');
    expect(work.begun()).toEqual(['0:0', '1:0', '0:1']);
  });

  it('comes before publishing, and publishing does not hold the next message up', async () => {
    const { processor, work, publish } = setUp({ work: true });
    processor.assign([position(0, 0)], 1);
    processor.accept(message(0, 0));
    processor.accept(message(0, 1));
    await settled();
    expect(publish.begun()).toEqual([]);
    await work.finish('0:0');
    expect(publish.begun()).toEqual(['0:0']);
    expect(work.begun()).toEqual(['0:0', '0:1']);
  });
});

describe('room', () => {
  it('is given again when a message is done', async () => {
    const { processor, publish } = setUp({ maxInHand: 2 });
    processor.assign([position(0, 0)], 1);
    expect(processor.accept(message(0, 0))).toBeUndefined();
    const room = processor.accept(message(0, 1));
    let free = false;
    const waiting = room?.then(() => {
      free = true;
    });
    await settled();
    expect(free).toBe(false);
    await publish.finish('0:1');
    await waiting;
    expect(free).toBe(true);
  });

  it('is idle when nothing is in hand', async () => {
    const { processor, publish } = setUp();
    processor.assign([position(0, 0)], 1);
    await processor.idle();
    processor.accept(message(0, 0));
    const idle = processor.idle();
    await publish.finish('0:0');
    await idle;
  });
});

describe('a rebalance', () => {
  it('does not process twice what a kept partition hands over again', async () => {
    const { processor, publish } = setUp();
    processor.assign([position(0, 0)], 1);
    processor.accept(message(0, 0));
    processor.accept(message(0, 1));
    processor.assign([position(0, 0)], 2);
    processor.accept(message(0, 0, 2));
    processor.accept(message(0, 1, 2));
    processor.accept(message(0, 2, 2));
    expect(publish.begun()).toEqual(['0:0', '0:1', '0:2']);
  });

  it('begins nothing more of a partition that was lost, and commits nothing of it', async () => {
    const { processor, work, publish } = setUp({ work: true });
    processor.assign([position(0, 0), position(1, 0)], 1);
    processor.accept(message(0, 0));
    processor.accept(message(0, 1));
    await settled();
    processor.assign([position(1, 0)], 2);
    processor.accept(message(0, 2));
    await work.finish('0:0');
    expect(work.begun()).toEqual(['0:0']);
    expect(publish.begun()).toEqual([]);
    expect(committable(processor, 'all')).toEqual(['1:0']);
    await processor.idle();
  });

  it('ignores what was fetched before a partition came back: accepting it would leave a gap', async () => {
    const { processor, publish } = setUp();
    processor.assign([position(0, 0)], 1);
    processor.assign([], 2);
    processor.assign([position(0, 100)], 3);
    processor.accept(message(0, 150, 1));
    processor.accept(message(0, 100, 3));
    expect(publish.begun()).toEqual(['0:100']);
  });

  it('does not set the group back where others have gone further meanwhile', () => {
    const { processor } = setUp();
    processor.assign([position(0, 10)], 1);
    processor.positions('moved');
    processor.assign([position(0, 60)], 3);
    expect(committable(processor)).toEqual(['0:60']);
  });

  it('does not set a kept partition back to an older commit', async () => {
    const { processor, publish } = setUp();
    processor.assign([position(0, 0)], 1);
    processor.accept(message(0, 0));
    await publish.finish('0:0');
    processor.assign([position(0, 0)], 2);
    expect(committable(processor)).toEqual(['0:1']);
  });
});
