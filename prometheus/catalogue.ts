// The catalogue of metrics: what dashboards, snapshots, comparisons and reports know of every figure of the lab.
import type { Metric } from './metric.ts';

export * from './metric.ts';

export const catalogue: readonly Metric[] = [];

/** A metric by its id; an unknown id is a bug in the lab. */
export function metric(id: string): Metric {
  const found = catalogue.find((entry) => entry.id === id);
  if (found === undefined) throw new Error(`the catalogue has no metric ${id}`);
  return found;
}
