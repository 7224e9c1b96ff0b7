// The catalogue of metrics: what dashboards, snapshots, comparisons and reports know of every figure of the lab.
// A new metric goes into the file of its source in catalogue/, and from there into all of them.
import { containerMetrics } from './catalogue/containers.ts';
import { hostMetrics } from './catalogue/host.ts';
import { jmxMetrics } from './catalogue/jmx.ts';
import { k6Metrics } from './catalogue/k6.ts';
import { kafkaMetrics } from './catalogue/kafka.ts';
import { pipelineMetrics } from './catalogue/pipeline.ts';
import { targetMetrics } from './catalogue/target.ts';
import type { Metric } from './metric.ts';

export * from './metric.ts';

/** Every metric, in the order of a report: load, system under test, Kafka, machine, and the measuring itself. */
export const catalogue: readonly Metric[] = [
  ...k6Metrics,
  ...targetMetrics,
  ...kafkaMetrics,
  ...jmxMetrics,
  ...containerMetrics,
  ...hostMetrics,
  ...pipelineMetrics,
];

const byId: ReadonlyMap<string, Metric> = new Map(catalogue.map((entry) => [entry.id, entry]));

/** A metric by its id; an unknown id is a bug in the lab. */
export function metric(id: string): Metric {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`the catalogue has no metric ${id}`);
  return found;
}
