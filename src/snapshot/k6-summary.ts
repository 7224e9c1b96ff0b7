// k6's own end-of-test summary, in any of the shapes that it writes: only totals, which must equal everything else.
import { z } from 'zod';

/** What the summary says of one metric. */
export interface SummaryMetric {
  /** counters: total; trends: samples, where the script asks for `count` */
  readonly count?: number;
  /** rates: samples that were true and that were not */
  readonly trues?: number;
  readonly falses?: number;
}

const values = z.record(z.string(), z.unknown());
/** `--summary-export` has the values beside one another, handleSummary's data has them under `values` */
const byName = z.object({ metrics: z.record(z.string(), values) });
/** `--new-machine-readable-summary` */
const machineReadable = z.object({
  results: z.object({
    metrics: z.array(z.object({ name: z.string(), values })),
    checks: z.object({ results: z.array(z.object({ passes: z.number(), fails: z.number() })).optional() }).optional(),
  }),
});

/**
 * Metrics of a summary by name; undefined when it has none of the known shapes. A sub-metric, which is there only when a
 * threshold names it, has k6's key: `http_reqs{name:POST /orders}`.
 */
export function summaryMetrics(summary: unknown): ReadonlyMap<string, SummaryMetric> | undefined {
  const modern = machineReadable.safeParse(summary);
  if (modern.success) {
    const { metrics, checks } = modern.data.results;
    const found = metrics.map(({ name, values }): [string, SummaryMetric] => [name, readValues(values)]);
    const results = checks?.results ?? [];
    const trues = results.reduce((sum, { passes }) => sum + passes, 0);
    const falses = results.reduce((sum, { fails }) => sum + fails, 0);
    return new Map([...found, ...(results.length > 0 ? [['checks', { trues, falses }] as const] : [])]);
  }
  const classic = byName.safeParse(summary);
  if (!classic.success) return undefined;
  return new Map(
    Object.entries(classic.data.metrics).map(([name, entry]) => [
      name,
      readValues(values.safeParse(entry.values).data ?? entry),
    ]),
  );
}

function readValues(raw: Readonly<Record<string, unknown>>): SummaryMetric {
  const number = (key: string): number | undefined => {
    const value = raw[key];
    return typeof value === 'number' ? value : undefined;
  };
  const trues = number('passes') ?? number('matches');
  const total = number('total');
  const falses = number('fails') ?? (trues !== undefined && total !== undefined ? total - trues : undefined);
  const count = number('count');
  return {
    ...(count === undefined ? {} : { count }),
    ...(trues === undefined ? {} : { trues }),
    ...(falses === undefined ? {} : { falses }),
  };
}
