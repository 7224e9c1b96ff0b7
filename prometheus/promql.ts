// Pieces of PromQL that the catalogue is written with. All of them hold placeholders ($interval, $range), filled in by render().

/** Per-second rate over the interval of a series; what a panel draws. */
export function rate(selector: string): string {
  return `rate(${selector}[$interval])`;
}

/** Mean per-second rate over the whole run, for counters that exist before it starts (containers, host, broker totals). */
export function runRate(selector: string): string {
  return `rate(${selector}[$range])`;
}

/**
 * How much each counter grew over the run, exactly: last minus first raw value. `increase` would lose what a series is
 * born with (a topic's first messages, an API's first requests) and extrapolate the rest. A series born within the run
 * counts in full; one that was reset within it falls back to `increase`.
 */
export function growth(selector: string): string {
  const last = `last_over_time(${selector}[$range])`;
  const first = `${selector} offset $range`;
  return `((${last} - ${first} >= 0) or (${last} unless ${first}) or increase(${selector}[$range]))`;
}

/** The last raw value of every series of a run, for counters that carry its testid and so start at zero with it. */
export function runTotal(selector: string): string {
  return `last_over_time(${selector}[$range])`;
}

/** `sum by (a, b) (…)`. */
export function sumBy(labels: readonly string[], expression: string): string {
  return `sum by (${labels.join(', ')}) (${expression})`;
}

/** A quantile of histograms merged over everything but `labels`; buckets are counts or rates per bucket series. */
export function quantile(q: number, labels: readonly string[], buckets: string): string {
  return `histogram_quantile(${q}, ${sumBy([...labels, 'le'], buckets)})`;
}

/**
 * Mean of a Kafka histogram bean over a window. The bean gives its count and its mean since the broker's start; count times
 * mean is the sum, and differences of sums and counts are exact. The percentiles of the bean cannot be merged or windowed.
 * `metric` is the name without its attribute, e.g. kafka_network_RequestMetrics.
 */
export function windowMean(metric: string, matchers: string, window: '$interval' | '$range'): string {
  const count = `${metric}_Count{${matchers}}`;
  const mean = `${metric}_Mean{${matchers}}`;
  const growthOfSum = `(${count} * ${mean} - (${count} offset ${window}) * (${mean} offset ${window}))`;
  return `${growthOfSum} / (${count} - ${count} offset ${window} > 0)`;
}
