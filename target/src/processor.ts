// A worker's processing of what it consumes: in order per partition, and committed only up to what is done.

export interface Incoming {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly value: Buffer;
  /** of the consumer group, when the message was fetched; grows with each rebalance */
  readonly generation: number;
}

/** The offset of the next message to read: what a consumer group commits. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface Processor {
  /**
   * The partitions that this worker has from this generation on, with the group's position of each one. Partitions that
   * it keeps go on where they are, or where the group is by now; of those that it lost, nothing further is begun.
   */
  assign(positions: readonly Position[], generation: number): void;
  /**
   * Takes a message; resolves when there is room for the next. It is ignored when it was seen before, when its
   * partition is not assigned, or when it was fetched before the partition came (back) to this worker: it would leave
   * a gap.
   */
  accept(message: Incoming): Promise<void> | undefined;
  /** Positions to commit: those that moved since the last time, or every one. */
  positions(which: 'moved' | 'all'): readonly Position[];
  /** Resolves when everything taken is done. */
  idle(): Promise<void>;
}

export interface ProcessorOptions {
  /** The part that a partition does one message after the other: the work. */
  readonly work: ((message: Incoming) => Promise<void>) | undefined;
  /** The part that may overlap: publishing the result. The message is done when this resolves. */
  readonly publish: (message: Incoming) => Promise<void>;
  /** messages taken and not yet done, at most */
  readonly maxInHand: number;
  /** The message can never be done; nothing after it is committed. */
  readonly onFailure: (error: Error, message: Incoming) => void;
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  /** the generation from which on this worker has it */
  readonly since: number;
  /** offset of the next message to accept: repeats after a rebalance are below it */
  next: bigint;
  /** everything below it is done */
  done: bigint;
  committed: bigint | undefined;
  lost: boolean;
  /** accepted and not yet done, in order */
  inHand: { readonly offset: bigint; finished: boolean }[];
  tail: Promise<void>;
}

/** A processor without partitions. */
export function createProcessor({ work, publish, maxInHand, onFailure }: ProcessorOptions): Processor {
  let partitions = new Map<string, Partition>();
  let inHand = 0;
  let waiters: (() => void)[] = [];

  function settle(): void {
    inHand--;
    if (waiters.length === 0) return;
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => waiters.push(resolve));
  }

  async function process(partition: Partition, message: Incoming): Promise<void> {
    const entry = { offset: message.offset, finished: false };
    partition.inHand.push(entry);
    try {
      if (work) {
        const turn = partition.tail.then(() => (partition.lost ? undefined : work(message)));
        partition.tail = turn;
        await turn;
        if (partition.lost) return;
      }
      await publish(message);
      entry.finished = true;
      advance(partition);
    } catch (error) {
      onFailure(error instanceof Error ? error : new Error(String(error)), message);
    } finally {
      settle();
    }
  }

  return {
    assign: (positions, generation) => {
      const before = partitions;
      partitions = new Map();
      for (const { topic, partition, offset } of positions) {
        const key = `${topic}:${partition}`;
        const kept = before.get(key);
        before.delete(key);
        partitions.set(key, kept ? moveTo(kept, offset) : start({ topic, partition, offset }, generation));
      }
      for (const partition of before.values()) partition.lost = true;
    },
    accept: (message) => {
      const partition = partitions.get(`${message.topic}:${message.partition}`);
      if (!partition || message.generation < partition.since || message.offset < partition.next) return undefined;
      partition.next = message.offset + 1n;
      inHand++;
      void process(partition, message);
      return inHand < maxInHand ? undefined : until(() => inHand < maxInHand);
    },
    positions: (which) =>
      [...partitions.values()]
        .filter((partition) => which === 'all' || partition.committed !== partition.done)
        .map((partition) => {
          partition.committed = partition.done;
          return { topic: partition.topic, partition: partition.partition, offset: partition.done };
        }),
    idle: () => until(() => inHand === 0),
  };
}

function start({ topic, partition, offset }: Position, since: number): Partition {
  // `committed` stays open: a new partition's position is committed even before its first message, so that its lag is
  // known from the start
  return {
    topic,
    partition,
    since,
    next: offset,
    done: offset,
    committed: undefined,
    lost: false,
    inHand: [],
    tail: Promise.resolve(),
  };
}

/** While this worker was out of the group, others may have gone further. */
function moveTo(partition: Partition, offset: bigint): Partition {
  if (offset > partition.next) partition.next = offset;
  if (offset > partition.done) partition.done = offset;
  return partition;
}

/** Messages finish out of order; what may be committed ends before the first unfinished one. */
function advance(partition: Partition): void {
  const unfinished = partition.inHand.findIndex((entry) => !entry.finished);
  const count = unfinished === -1 ? partition.inHand.length : unfinished;
  const last = partition.inHand[count - 1];
  if (!last) return;
  if (last.offset >= partition.done) partition.done = last.offset + 1n;
  partition.inHand.splice(0, count);
}
