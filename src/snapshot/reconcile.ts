// Do the sums close? The same quantity, counted at every stage of its way, must be the same number.
import { z } from 'zod';
import type { Labels } from '../prometheus/client.ts';
import type { SummaryMetric } from './k6-summary.ts';
import { groupLedger, type Ledger } from './ledger.ts';

const stageSchema = z.strictObject({ name: z.string(), value: z.number() });
const rowSchema = z.strictObject({
  /** what is counted: requests, messages, or a metric of k6 */
  what: z.string(),
  /** of which API, topic or check result; empty for the total */
  key: z.string(),
  /** in the order of the way; a stage that cannot know the number is left out */
  stages: z.array(stageSchema),
  closes: z.boolean(),
  /** where the first difference appears, and how much is missing there; negative: so much too many */
  loss: z.strictObject({ at: z.string(), amount: z.number(), share: z.number() }).optional(),
});
export const reconciliationSchema = z.strictObject({
  closes: z.boolean(),
  rows: z.array(rowSchema),
  /** what could not be compared, and why */
  notes: z.array(z.string()),
});

export type Stage = Readonly<z.output<typeof stageSchema>>;
export type Row = Readonly<z.output<typeof rowSchema>>;
export type Reconciliation = Readonly<z.output<typeof reconciliationSchema>>;

/** What one k6 counter series counted during the run: reset-safe, zero where it did not exist. Name and labels as in Prometheus. */
export interface SeriesCount {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** One topic during the run; undefined where nothing counts that stage. */
export interface TopicCount {
  readonly topic: string;
  /** sent by the target and acknowledged by the brokers */
  readonly acknowledged?: number;
  /** growth of the end offsets; control records of transactional producers are in it */
  readonly broker: number;
  /** processed by the target's workers */
  readonly consumed?: number;
  /** by group: growth of what is committed, less the backlog from before the run */
  readonly committed: Readonly<Record<string, number>>;
}

export interface Evidence {
  /** absent with a k6 image that is not the lab's */
  readonly ledger?: Ledger;
  /** absent when k6 wrote none */
  readonly summary?: ReadonlyMap<string, SummaryMetric>;
  /** statsd-exporter's raw counters at the end; absent when it could not be read */
  readonly statsd?: readonly SeriesCount[];
  /** Prometheus' raw counters; absent when it could not be read */
  readonly prometheus?: readonly SeriesCount[];
  readonly topics: readonly TopicCount[];
  readonly notes: readonly string[];
}

export const stageName = {
  ledger: 'k6 ledger',
  summary: 'k6 summary',
  statsd: 'statsd-exporter',
  prometheus: 'Prometheus',
  acknowledged: 'acknowledged',
  broker: 'in the broker',
  consumed: 'consumed',
} as const;

/** Sums of non-integers (bytes, custom counters) are added in another order at each stage. */
const relativeTolerance = 1e-9;

/** Compares every stage that there is evidence for. Pure. */
export function reconcile(evidence: Evidence): Reconciliation {
  const blocked = blockedMetrics(evidence);
  const rows = [...requestRows(evidence), ...metricRows(evidence, blocked), ...topicRows(evidence.topics)].filter(
    counted,
  );
  const notes = [...evidence.notes];
  if (blocked.size > 0) notes.push(`kept off the wire on purpose: ${[...blocked].join(', ')}`);
  if (!evidence.ledger) {
    notes.push('no ledger (another k6 image, or k6 was killed): counts per API begin at statsd-exporter');
  } else if (evidence.ledger.statsd.lost.samples > 0) {
    const { lost } = evidence.ledger.statsd;
    notes.push(`k6 could not send ${lost.samples} samples${lost.lastError ? ` (${lost.lastError})` : ''}`);
  }
  if (!evidence.summary) notes.push("no summary of k6's own");
  if (!evidence.statsd) notes.push('statsd-exporter could not be read');
  if (!evidence.prometheus) notes.push('Prometheus could not be read');
  return { closes: rows.every(({ closes }) => closes), rows, notes };
}

/** A row in which nobody counted anything says nothing. */
function counted({ stages }: Row): boolean {
  return stages.some(({ value }) => value !== 0);
}

/** A row from its stages, in the order of the way. */
export function row(what: string, key: string, stages: readonly (Stage | undefined)[]): Row {
  const present = stages.filter((stage) => stage !== undefined);
  for (const [index, stage] of present.entries()) {
    const previous = present[index - 1];
    if (!previous || same(previous.value, stage.value)) continue;
    const amount = previous.value - stage.value;
    const base = Math.max(Math.abs(previous.value), Math.abs(stage.value));
    return { what, key, stages: present, closes: false, loss: { at: stage.name, amount, share: amount / base } };
  }
  return { what, key, stages: present, closes: true };
}

function same(a: number, b: number): boolean {
  return Math.abs(a - b) <= relativeTolerance * Math.max(Math.abs(a), Math.abs(b));
}

function stage(name: string, value: number | undefined): Stage | undefined {
  return value === undefined ? undefined : { name, value };
}

type Match = (labels: Labels) => boolean;

/** Stages of a k6 counter: what the ledger and the summary say, and the sums of series `name` at the exporter and in Prometheus. */
function k6Stages(
  { statsd, prometheus }: Evidence,
  { ledger, summary }: { readonly ledger: number | undefined; readonly summary: number | undefined },
  name: string,
  match: Match = () => true,
): readonly (Stage | undefined)[] {
  return [
    stage(stageName.ledger, ledger),
    stage(stageName.summary, summary),
    stage(stageName.statsd, statsd && total(statsd, name, match)),
    stage(stageName.prometheus, prometheus && total(prometheus, name, match)),
  ];
}

function total(counts: readonly SeriesCount[], name: string, match: Match): number {
  return counts.reduce((sum, one) => (one.name === name && match(one.labels) ? sum + one.value : sum), 0);
}

/** One row per API (the tag `name`), then their total. */
function requestRows(evidence: Evidence): readonly Row[] {
  const { ledger, summary, statsd, prometheus } = evidence;
  const groups = ledger ? groupLedger(ledger, 'http_reqs', ['name']) : [];
  const series = [...(statsd ?? []), ...(prometheus ?? [])].filter(({ name }) => name === 'k6_http_reqs');
  const apis = new Set([
    ...groups.map(({ labels }) => labels.name ?? ''),
    ...series.map(({ labels }) => unescapeTag(labels.name ?? '')),
  ]);
  apis.delete('');
  const rows = [...apis].sort().map((api) => {
    const ours = ledger && (groups.find(({ labels }) => labels.name === api)?.sum ?? 0);
    const theirs = summary?.get(`http_reqs{name:${api}}`)?.count;
    const match: Match = (labels) => unescapeTag(labels.name ?? '') === api;
    return row('requests', api, k6Stages(evidence, { ledger: ours, summary: theirs }, 'k6_http_reqs', match));
  });
  const all = ledger && groupLedger(ledger, 'http_reqs', []).reduce((sum, group) => sum + group.sum, 0);
  const whole = k6Stages(evidence, { ledger: all, summary: summary?.get('http_reqs')?.count }, 'k6_http_reqs');
  return [...rows, row('requests', '', whole)];
}

/**
 * Metrics that the output was told not to send. The ledger counts their samples but does not name them: they are the ones that
 * nobody saw, if together they have just that many samples.
 */
function blockedMetrics({ ledger, statsd, prometheus }: Evidence): ReadonlySet<string> {
  const samples = ledger?.statsd.blockedSamples ?? 0;
  if (!ledger || samples === 0) return new Set();
  const seen = new Set([...(statsd ?? []), ...(prometheus ?? [])].map(({ name }) => name));
  const unseen = ledger.metrics
    .map(({ name }) => ({ name, count: groupLedger(ledger, name, [])[0]?.count ?? 0 }))
    .filter(
      ({ name, count }) => count > 0 && !['', '_count', '_samples'].some((end) => seen.has(prometheusName(name) + end)),
    );
  const together = unseen.reduce((sum, { count }) => sum + count, 0);
  return new Set(together === samples ? unseen.map(({ name }) => name) : []);
}

/** Everything else that k6 counted: iterations, checks, custom counters and rates, samples of each Trend. */
function metricRows(evidence: Evidence, blocked: ReadonlySet<string>): readonly Row[] {
  const { ledger, summary } = evidence;
  if (!ledger) {
    // outputs of other images agree on these names only
    const own = { ledger: undefined, summary: summary?.get('iterations')?.count };
    return summary ? [row('iterations', '', k6Stages(evidence, own, 'k6_iterations'))] : [];
  }
  return [...ledger.metrics]
    .filter(({ name, type }) => type !== 'gauge' && name !== 'http_reqs' && !blocked.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, type }) => {
      const group = groupLedger(ledger, name, [])[0];
      const count = group?.count ?? 0;
      const sum = group?.sum ?? 0;
      const said = summary?.get(name);
      const wire = prometheusName(name);
      if (name === 'checks') {
        const result =
          (which: string): Match =>
          (labels) =>
            labels.result === which;
        const passed = { ledger: sum, summary: said?.trues };
        const failed = { ledger: count - sum, summary: said?.falses };
        return [
          row(name, 'passed', k6Stages(evidence, passed, wire, result('pass'))),
          row(name, 'failed', k6Stages(evidence, failed, wire, result('fail'))),
        ];
      }
      if (type === 'rate') {
        const samples = said && (said.trues ?? 0) + (said.falses ?? 0);
        return [
          row(name, 'true', k6Stages(evidence, { ledger: sum, summary: said?.trues }, wire)),
          row(name, 'samples', k6Stages(evidence, { ledger: count, summary: samples }, `${wire}_samples`)),
        ];
      }
      if (type === 'trend') {
        return [row(name, 'samples', k6Stages(evidence, { ledger: count, summary: said?.count }, `${wire}_count`))];
      }
      return [row(name, '', k6Stages(evidence, { ledger: sum, summary: said?.count }, wire))];
    });
}

function topicRows(topics: readonly TopicCount[]): readonly Row[] {
  return topics.map(({ topic, acknowledged, broker, consumed, committed }) =>
    row('messages', topic, [
      stage(stageName.acknowledged, acknowledged),
      stage(stageName.broker, broker),
      stage(stageName.consumed, consumed),
      ...Object.entries(committed).map(([group, value]) => stage(`committed by ${group}`, value)),
    ]),
  );
}

/** The name that a metric of k6 has in Prometheus: namespace in front, what is not allowed there as an underscore. */
export function prometheusName(metric: string): string {
  return `k6_${metric.replace(/[^a-zA-Z0-9_]/g, '_')}`;
}

/** A tag's value as k6 had it: bytes that would break a StatsD line travel percent-encoded. */
export function unescapeTag(value: string): string {
  return value.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) =>
    Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
