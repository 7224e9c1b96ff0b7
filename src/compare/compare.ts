// Sets two sides of runs beside one another, metric by metric. Pure: reads snapshots only, knows no engine and no network.
//
// For now a side is one run, and nothing is judged: the rows say how the figures differ, not whether it means anything.
import type { Warning } from '../errors.ts';
import { type Labels, labelsKey } from '../prometheus/client.ts';
import type { AggregatedMetric, Manifest, Snapshot } from '../snapshot/format.ts';

/** One side of a comparison: the runs of a label, or a single snapshot. */
export interface Side {
  /** as the user called it */
  readonly name: string;
  readonly runs: readonly Pick<Snapshot, 'manifest' | 'aggregates'>[];
}

export interface ComparedRow {
  readonly metric: Pick<AggregatedMetric, 'id' | 'title' | 'unit' | 'better' | 'compare' | 'gate' | 'by'>;
  readonly labels: Labels;
  /** undefined where the side has no such figure */
  readonly a: number | undefined;
  readonly b: number | undefined;
  /** b / a; undefined where there is no ratio: a side is missing, a is zero, or the metric is compared by difference */
  readonly ratio: number | undefined;
  /** b - a, in the metric's unit */
  readonly difference: number | undefined;
}

export interface Comparison {
  readonly a: Side;
  readonly b: Side;
  /** in the order of the catalogue that A was taken with, then what only B has */
  readonly rows: readonly ComparedRow[];
  /** what differs between the two environments, beside the change that is looked for */
  readonly differences: readonly Difference[];
  readonly warnings: readonly Warning[];
}

export interface Difference {
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

/** Compares the latest run of each side. */
export function compareSides(a: Side, b: Side): Comparison {
  const runA = latest(a);
  const runB = latest(b);
  return {
    a,
    b,
    rows: compareMetrics(runA.aggregates.metrics, runB.aggregates.metrics),
    differences: environmentDifferences(runA.manifest, runB.manifest),
    warnings: [...comparability(runA.manifest, runB.manifest), ...trustWarnings(a), ...trustWarnings(b)],
  };
}

function latest({ name, runs }: Side): Side['runs'][number] {
  const run = runs.at(-1);
  if (!run) throw new RangeError(`${name} has no runs`);
  return run;
}

function compareMetrics(a: readonly AggregatedMetric[], b: readonly AggregatedMetric[]): readonly ComparedRow[] {
  const others = new Map(b.map((metric) => [metric.id, metric]));
  const shared = a.flatMap((metric) => compareMetric(metric, metric, others.get(metric.id)));
  const known = new Set(a.map(({ id }) => id));
  const added = b.filter(({ id }) => !known.has(id)).flatMap((metric) => compareMetric(metric, undefined, metric));
  return [...shared, ...added];
}

function compareMetric(
  { id, title, unit, better, compare, gate, by }: AggregatedMetric,
  a: AggregatedMetric | undefined,
  b: AggregatedMetric | undefined,
): readonly ComparedRow[] {
  const valuesA = byLabels(a);
  const valuesB = byLabels(b);
  return [...new Map([...valuesA, ...valuesB].map(([key, { labels }]) => [key, labels]))].map(([key, labels]) => {
    const left = valuesA.get(key)?.value ?? undefined;
    const right = valuesB.get(key)?.value ?? undefined;
    const both = left !== undefined && right !== undefined;
    return {
      metric: { id, title, unit, better, compare, gate, by },
      labels,
      a: left,
      b: right,
      ratio: both && compare === 'ratio' && left !== 0 ? right / left : undefined,
      difference: both ? right - left : undefined,
    };
  });
}

function byLabels(metric: AggregatedMetric | undefined): ReadonlyMap<string, AggregatedMetric['values'][number]> {
  return new Map((metric?.values ?? []).map((one) => [labelsKey(one.labels), one]));
}

/** What else than the figures is not the same on both sides. */
export function environmentDifferences(a: Manifest, b: Manifest): readonly Difference[] {
  const facts = (manifest: Manifest): Readonly<Record<string, string>> => ({
    machine: `${manifest.machine.cpus} x ${manifest.machine.cpuModel}, kernel ${manifest.machine.kernel}`,
    engine: `${manifest.engine.version}, ${manifest.engine.cpus} CPUs`,
    configuration: manifest.configHash.slice(0, 12),
    lab: manifest.lab,
    checkout: manifest.git ? `${manifest.git.commit.slice(0, 12)}${manifest.git.dirty ? ' with changes' : ''}` : 'none',
    k6: manifest.run.kind === 'run' ? manifest.run.k6.version : 'none',
    'load seconds': String(Math.round((manifest.endedMs - manifest.startedMs) / 1000)),
    ...Object.fromEntries(
      manifest.images.map(({ name, id }) => [`image ${name}`, id.replace(/^sha256:/, '').slice(0, 12)]),
    ),
  });
  const left = facts(a);
  const right = facts(b);
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((what) => left[what] !== right[what])
    .map((what) => ({ what, a: left[what] ?? 'none', b: right[what] ?? 'none' }));
}

function comparability(a: Manifest, b: Manifest): readonly Warning[] {
  if (a.id === b.id) {
    return [{ code: 'COMPARE_SAME', message: `both sides are the snapshot ${a.id}` }];
  }
  const scenario = ({ run }: Manifest): string => (run.kind === 'run' ? run.scenario.name : 'a window without a run');
  if (scenario(a) === scenario(b)) return [];
  return [
    {
      code: 'COMPARE_SCENARIOS',
      message: `different load: ${scenario(a)} on one side, ${scenario(b)} on the other`,
      hint: 'compare runs of the same scenario',
    },
  ];
}

function trustWarnings({ name, runs }: Side): readonly Warning[] {
  return runs.flatMap(({ manifest }) =>
    manifest.trust.map(({ code, message }) => ({ code, message: `${name} (${manifest.id}): ${message}` })),
  );
}
