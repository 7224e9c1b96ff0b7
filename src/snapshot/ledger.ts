// The run ledger that the lab's k6 output writes: exact counts, and histograms that can be merged, per metric and tag set.
import { type BitBucketSize, build, decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { z } from 'zod';
import type { LedgerValue } from '../../prometheus/metric.ts';
import { LabError } from '../errors.ts';
import { type Labels, labelsKey } from '../prometheus/client.ts';

export const ledgerSchemaVersion = 1;

// Objects are not strict: the output may say more than the lab reads without a new schema version.
const count = z.number().min(0);
const metricSchema = z.object({
  name: z.string(),
  type: z.enum(['counter', 'gauge', 'rate', 'trend']),
  contains: z.enum(['time', 'data', 'default']),
});
const seriesSchema = z.object({
  metric: z.string(),
  tags: z.record(z.string(), z.string()),
  /** samples */
  count,
  /** counter: total; rate: trues; gauge: last value; trend: total, in the metric's unit */
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  /** trends: HDR V2, compressed, base64; integers = round(value * histogramScale), three significant digits */
  histogram: z.string().optional(),
  histogramScale: z.number().positive().optional(),
  /** values that the histogram could not hold */
  histogramOutside: count.optional(),
});

export const ledgerSchema = z.object({
  schema: z.literal(ledgerSchemaVersion),
  k6: z.string(),
  startedMs: z.number(),
  endedMs: z.number(),
  pushIntervalMs: z.number(),
  tagsEnabled: z.boolean(),
  statsd: z.object({
    address: z.string(),
    payloads: count,
    bytes: count,
    samples: count,
    lost: z.object({ payloads: count, samples: count, lastError: z.string().optional() }),
    /** samples of metrics that were kept off the wire on purpose */
    blockedSamples: count.optional(),
  }),
  /** the output stopped the run */
  stopped: z
    .strictObject({
      reason: z.literal('series-limit'),
      limit: count,
      series: count,
      tag: z.string(),
      values: count,
      examples: z.array(z.string()),
    })
    .optional(),
  metrics: z.array(metricSchema),
  series: z.array(seriesSchema),
});

export type Ledger = Readonly<z.output<typeof ledgerSchema>>;
export type LedgerSeries = Ledger['series'][number];

/** Reads a ledger's text; `file` is named in faults. Faults: LEDGER_DAMAGED, LEDGER_SCHEMA. */
export function parseLedger(text: string, file: string): Ledger {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, `not JSON: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
  const version = z.object({ schema: z.number() }).safeParse(content);
  if (version.success && version.data.schema !== ledgerSchemaVersion) {
    throw new LabError({
      code: 'LEDGER_SCHEMA',
      message: `${file} has ledger schema ${version.data.schema}, this lab reads ${ledgerSchemaVersion}`,
      hint: 'the k6 image and the lab are of different versions: rebuild the image with npm run lab:images -- --rebuild k6',
    });
  }
  const ledger = ledgerSchema.safeParse(content);
  if (!ledger.success) throw damaged(file, z.prettifyError(ledger.error));
  return ledger.data;
}

function damaged(file: string, what: string, cause?: unknown): LabError {
  return new LabError({
    code: 'LEDGER_DAMAGED',
    message: `${file} is not a ledger`,
    hint: 'it is written when k6 stops: a run that was killed leaves none, and a full disk half of one',
    detail: what,
    cause,
  });
}

/** Several series of a metric taken together. */
export interface LedgerGroup {
  readonly labels: Labels;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly series: readonly LedgerSeries[];
}

/**
 * A metric's series summed by the tags `by`, in the order of their values. A series that lacks one of the tags is left out,
 * as the catalogue's queries leave it out.
 */
export function groupLedger(ledger: Ledger, metric: string, by: readonly string[]): readonly LedgerGroup[] {
  const groups = new Map<string, { labels: Labels; series: LedgerSeries[] }>();
  for (const series of ledger.series) {
    if (series.metric !== metric || by.some((tag) => !series.tags[tag])) continue;
    const labels = Object.fromEntries(by.map((tag) => [tag, series.tags[tag] ?? '']));
    const key = labelsKey(labels);
    const group = groups.get(key);
    if (group) group.series.push(series);
    else groups.set(key, { labels, series: [series] });
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { labels, series }]) => ({
      labels,
      count: series.reduce((total, one) => total + one.count, 0),
      sum: series.reduce((total, one) => total + one.sum, 0),
      min: series.reduce((least, one) => Math.min(least, one.min), Number.POSITIVE_INFINITY),
      max: series.reduce((most, one) => Math.max(most, one.max), Number.NEGATIVE_INFINITY),
      series,
    }));
}

/** A merged distribution. Quantiles are in the metric's own unit (milliseconds for time). */
export interface Distribution {
  readonly count: number;
  /** the value that a share `q` (0..1) of all samples does not exceed; relative error at most 0.1 % */
  readonly quantile: (q: number) => number;
}

const wide: BitBucketSize = 64;

/** Merges the histograms of Trend series; undefined when none has one. Never averages percentiles. */
export function mergeDistributions(
  series: readonly Pick<LedgerSeries, 'histogram' | 'histogramScale'>[],
): Distribution | undefined {
  const encoded = series.filter(({ histogram }) => histogram !== undefined);
  const scale = encoded[0]?.histogramScale ?? 1;
  if (encoded.length === 0) return undefined;
  if (encoded.some(({ histogramScale }) => (histogramScale ?? 1) !== scale)) {
    throw new RangeError('histograms of one metric have different scales');
  }
  const merged: Histogram = build({ bitBucketSize: wide, numberOfSignificantValueDigits: 3, autoResize: true });
  for (const { histogram } of encoded) {
    // the library declares its parameter as one of its own concrete classes
    merged.add(decodeFromCompressedBase64(histogram ?? '', wide) as Parameters<typeof merged.add>[0]);
  }
  return {
    count: merged.totalCount,
    quantile: (q) => merged.getValueAtPercentile(q * 100) / scale,
  };
}

/** Several figures ask for the same merged histogram, and merging is what takes time. */
const mergedOf = new WeakMap<Ledger, Map<string, Distribution | undefined>>();

/** The distribution of a group of this ledger, merged once. */
export function distributionOf(ledger: Ledger, metric: string, group: LedgerGroup): Distribution | undefined {
  const known = mergedOf.get(ledger) ?? new Map<string, Distribution | undefined>();
  mergedOf.set(ledger, known);
  const key = `${metric} ${labelsKey(group.labels)}`;
  if (!known.has(key)) known.set(key, mergeDistributions(group.series));
  return known.get(key);
}

const quantileOf: Readonly<Record<string, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** A value per label set, exactly as the ledger has it; `seconds` is the length of the load. */
export function ledgerValues(
  ledger: Ledger,
  { metric, statistic, scale = 1 }: LedgerValue,
  by: readonly string[],
  seconds: number,
): readonly { readonly labels: Labels; readonly value: number }[] {
  return groupLedger(ledger, metric, by).flatMap((group) => {
    const value = groupValue(group, statistic, seconds, () => distributionOf(ledger, metric, group));
    return value === undefined ? [] : [{ labels: group.labels, value: value * scale }];
  });
}

function groupValue(
  group: LedgerGroup,
  statistic: LedgerValue['statistic'],
  seconds: number,
  merged: () => Distribution | undefined,
): number | undefined {
  switch (statistic) {
    case 'count':
      return group.count;
    case 'sum':
      return group.sum;
    case 'rate':
      return group.sum / seconds;
    case 'ratio':
    case 'mean':
      return group.count === 0 ? undefined : group.sum / group.count;
    case 'min':
      return group.min;
    case 'max':
      return group.max;
    case 'last':
      // a gauge with several tag sets has no one last value
      return group.series.length === 1 ? group.sum : undefined;
    default: {
      const quantile = quantileOf[statistic];
      const distribution = merged();
      if (quantile === undefined || !distribution || distribution.count === 0) return undefined;
      // a bucket's upper edge may lie beyond what was seen
      return Math.min(distribution.quantile(quantile), group.max);
    }
  }
}
