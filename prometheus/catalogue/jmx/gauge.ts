// A figure that a bean simply has at a moment, and what all metrics of the brokers share.
import type { Metric } from '../../metric.ts';

export const jmx = { source: 'jmx', window: 'run' } as const;
export const perBroker: readonly string[] = ['broker'];

/** What a gauge says of itself; the rest follows. */
export type Gauge = Pick<Metric, 'id' | 'title' | 'description' | 'unit' | 'better' | 'series' | 'by'> &
  Partial<Pick<Metric, 'gate' | 'mayBeEmpty' | 'compare'>> & { readonly how?: 'max' | 'min' | 'mean' | 'last' };

/** A gauge; its value of a run is the worst one, so by default the maximum. */
export function gauge({ how = 'max', compare = 'difference', ...rest }: Gauge): Metric {
  return { ...jmx, ...rest, compare, aggregate: { kind: 'reduce', how } };
}
