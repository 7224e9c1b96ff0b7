// Where every counter stands at a moment: taken before and after a run, so that the run's own share is the difference.
import type { Config } from '../config/schema.ts';
import { LabError } from '../errors.ts';
import { type KafkaPositions, kafkaPositions, lag } from '../kafka/offsets.ts';
import type { RunningLab } from '../lab/lab.ts';
import { labelsKey } from '../prometheus/client.ts';
import { type ExpositionSample, parseExposition } from '../prometheus/exposition.ts';
import type { Increase } from '../prometheus/increases.ts';
import type { SeriesCount, TopicCount } from './reconcile.ts';

export interface Counters {
  /** when reading began, milliseconds since the epoch */
  readonly atMs: number;
  /** topics and groups; undefined when Kafka gave no answer */
  readonly kafka: KafkaPositions | undefined;
  /** statsd-exporter's raw counters of k6; undefined when it gave no answer */
  readonly statsd: readonly ExpositionSample[] | undefined;
  /** what could not be read, and why */
  readonly notes: readonly string[];
}

export interface CounterSources {
  readonly kafka: () => Promise<KafkaPositions>;
  /** statsd-exporter's exposition */
  readonly statsd: () => Promise<string>;
  readonly now: () => number;
}

const requestTimeoutMs = 10_000;

/** Reads where counters stand now. What cannot be read is a note, not an error: a run must not fail for it. */
export function readCounters(lab: RunningLab): Promise<Counters> {
  return gatherCounters({
    kafka: () => kafkaPositions(lab.addresses.bootstrap),
    statsd: () => readText(`${lab.addresses.statsdExporter.replace(/\/(metrics)?$/, '')}/metrics`),
    now: Date.now,
  });
}

/** readCounters over given sources. */
export async function gatherCounters({ kafka, statsd, now }: CounterSources): Promise<Counters> {
  const atMs = now();
  const notes: string[] = [];
  const noted = (cause: unknown): undefined => {
    notes.push(cause instanceof LabError || cause instanceof Error ? cause.message : String(cause));
    return undefined;
  };
  const [positions, samples] = await Promise.all([
    kafka().catch(noted),
    statsd().then((text) => parseExposition(text).filter(isCountOfK6), noted),
  ]);
  return { atMs, kafka: positions, statsd: samples, notes };
}

/** Buckets add nothing to the sums, and are most of the series. */
function isCountOfK6({ name }: ExpositionSample): boolean {
  return name.startsWith('k6_') && !name.endsWith('_bucket');
}

async function readText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(requestTimeoutMs) });
  if (!response.ok) throw new Error(`${url} answered HTTP ${response.status}`);
  return response.text();
}

/** Which series belong to the run: those with its testid; where no series has one, those without any. */
export type Belongs = (labels: Readonly<Record<string, string>>) => boolean;

/** Series of a k6 that does not send `testid` can only be told apart by time. */
export function belongsTo(testid: string, tagged: boolean): Belongs {
  return tagged ? ({ testid: own }) => own === testid : ({ testid: own }) => own === undefined || own === '';
}

/** k6's counters as Prometheus saw them, for reconciling. */
export function prometheusCounts(increases: readonly Increase[]): readonly SeriesCount[] {
  return increases.map(({ name, labels, increase }) => ({ name, labels: withoutTarget(labels), value: increase }));
}

/**
 * What statsd-exporter itself counted during the run. It forgets series that are silent for longer than its TTL, and everything
 * when it is restarted: what it had counted until then is taken from what Prometheus saw before (second value: how many series).
 */
export function statsdCounts(
  before: readonly ExpositionSample[] | undefined,
  after: readonly ExpositionSample[],
  prometheus: readonly Increase[],
  belongs: Belongs,
): { readonly counts: readonly SeriesCount[]; readonly forgotten: number } {
  const key = (name: string, labels: Readonly<Record<string, string>>): string => `${name} ${labelsKey(labels)}`;
  const atStart = new Map((before ?? []).map(({ name, labels, value }) => [key(name, labels), value]));
  const scraped = new Map(prometheus.map((one) => [key(one.name, withoutTarget(one.labels)), one]));
  const counts = after
    .filter(({ labels }) => belongs(labels))
    .map(({ name, labels, value }): SeriesCount => {
      const seen = scraped.get(key(name, labels));
      scraped.delete(key(name, labels));
      const start = atStart.get(key(name, labels)) ?? 0;
      const own = seen && seen.resets > 0 ? value + (seen.increase - seen.last) : value - start;
      return { name, labels, value: own };
    });
  const gone = [...scraped.values()].filter(({ increase }) => increase > 0);
  return { counts: [...counts, ...prometheusCounts(gone)], forgotten: gone.length };
}

/** Prometheus adds the target's labels to what the exporter says. */
function withoutTarget({ job: _job, instance: _instance, ...labels }: Readonly<Record<string, string>>) {
  return labels;
}

/** What each topic got and lost between two moments, with the target's own counters where it has any. */
export function topicCounts(
  before: KafkaPositions,
  after: KafkaPositions,
  target: readonly Increase[],
): readonly TopicCount[] {
  const acknowledged = sumByTopic(target, 'target_messages_acknowledged_total');
  const consumed = sumByTopic(target, 'target_messages_consumed_total');
  return Object.entries(after.topics).map(([topic, partitions]): TopicCount => {
    const broker = Object.entries(partitions).reduce(
      (sum, [partition, { end }]) => sum + end - (before.topics[topic]?.[partition]?.end ?? 0),
      0,
    );
    const committed = Object.entries(after.groups).flatMap(([group, { committed }]): [string, number][] => {
      const now = committed[topic];
      if (!now) return [];
      const then = before.groups[group]?.committed ?? {};
      const start = before.topics[topic] ?? {};
      // a partition without a commit stands at its first message
      const position = (at: typeof now | undefined, range: typeof partitions): number =>
        Object.entries(range).reduce((sum, [partition, { low }]) => sum + (at?.[partition] ?? low), 0);
      const backlog = lag({ [topic]: start }, { [topic]: then[topic] ?? {} })[topic] ?? 0;
      return [[group, position(now, partitions) - position(then[topic], start) - backlog]];
    });
    const workersBacklog = backlogOf(before, topic, committed);
    const processed = consumed.get(topic);
    return {
      topic,
      broker,
      ...(acknowledged.has(topic) ? { acknowledged: acknowledged.get(topic) ?? 0 } : {}),
      ...(processed === undefined ? {} : { consumed: processed - workersBacklog }),
      committed: Object.fromEntries(committed),
    };
  });
}

/** Messages from before the run that the one group of a topic still had to work on. */
function backlogOf(before: KafkaPositions, topic: string, groups: readonly (readonly [string, number])[]): number {
  const group = groups.length === 1 ? groups[0]?.[0] : undefined;
  if (group === undefined) return 0;
  const then = before.groups[group]?.committed[topic] ?? {};
  return lag({ [topic]: before.topics[topic] ?? {} }, { [topic]: then })[topic] ?? 0;
}

function sumByTopic(increases: readonly Increase[], name: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { name: own, labels, increase } of increases) {
    if (own !== name || !labels.topic) continue;
    sums.set(labels.topic, (sums.get(labels.topic) ?? 0) + increase);
  }
  return sums;
}

/** Does the lab's own target run, whose counters belong into the sums? */
export function hasTargetCounters(config: Config): boolean {
  return config.target.kind === 'builtin';
}
