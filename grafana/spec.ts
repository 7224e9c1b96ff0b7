// What a dashboard of the lab is, as plain data: rows of panels that name metrics of the catalogue.
import type { Matcher } from '../prometheus/catalogue.ts';

/** One metric of a panel; `legend` tells several metrics of one panel apart. */
export interface PanelMetric {
  readonly id: string;
  readonly legend?: string;
}

export interface PanelSpec {
  /** chart over time, or the last value as a number */
  readonly kind: 'chart' | 'stat';
  /** default: the title of the first metric */
  readonly title?: string;
  /** default: what the catalogue says of the first metric */
  readonly description?: string;
  /** all of one unit */
  readonly metrics: readonly PanelMetric[];
  /** values from which a panel turns orange and red; where low is bad, the other way round */
  readonly thresholds?: Thresholds;
  /** series on top of each other: parts of a whole */
  readonly stacked?: boolean;
  /** of 24 columns; default 8 for a chart, 4 for a stat */
  readonly width?: number;
}

export type Thresholds =
  | { readonly above: true; readonly orange: number; readonly red: number }
  | { readonly above: false; readonly orange: number; readonly red: number };

export interface RowSpec {
  /** a question that the row answers */
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** what a viewer may choose; a query's other matchers take everything but internal topics */
  readonly variables: readonly Matcher[];
  readonly rows: readonly RowSpec[];
}

type Options = Omit<PanelSpec, 'kind' | 'metrics'>;

/** A chart of one or more metrics, by their ids or with a legend each. */
export function chart(metrics: string | readonly (string | PanelMetric)[], options: Options = {}): PanelSpec {
  return { kind: 'chart', metrics: list(metrics), ...options };
}

/** A number. */
export function stat(metric: string, options: Options = {}): PanelSpec {
  return { kind: 'stat', metrics: list(metric), ...options };
}

/** Orange and red from these values on. */
export function above(orange: number, red: number): Thresholds {
  return { above: true, orange, red };
}

/** Orange and red below these values. */
export function below(orange: number, red: number): Thresholds {
  return { above: false, orange, red };
}

/** Red from the first one on. */
export const any: Thresholds = { above: true, orange: 1, red: 1 };

function list(metrics: string | readonly (string | PanelMetric)[]): readonly PanelMetric[] {
  const several = typeof metrics === 'string' ? [metrics] : metrics;
  return several.map((entry) => (typeof entry === 'string' ? { id: entry } : entry));
}
