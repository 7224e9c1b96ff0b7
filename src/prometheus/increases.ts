// How much counters grew between two moments, exactly: from raw samples, not from increase(), which extrapolates and loses
// the first value of a series that is born at n.
import pLimit from 'p-limit';
import { type Labels, labelsKey, type Point, type PrometheusClient } from './client.ts';

export interface Increase {
  readonly name: string;
  /** without `__name__` */
  readonly labels: Labels;
  /** growth over the window; a series that did not exist at its start began at zero */
  readonly increase: number;
  /** the last raw value in the window */
  readonly last: number;
  /** how often it fell back: its process was restarted. What it counted between the last scrape and the restart is unknown */
  readonly resets: number;
}

export interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal;
}

/** How far before the start a value may lie that counts as the one at the start. */
const lookBackMs = 300_000;

/**
 * Growth of every series that the matchers select, e.g. `__name__=~"k6_.+",testid="x"`: last minus first raw value, missing = 0,
 * with resets followed sample by sample.
 */
export async function counterIncreases(
  client: PrometheusClient,
  matchers: string,
  { startMs, endMs, signal }: Window,
): Promise<readonly Increase[]> {
  const at = (timeMs: number) => ({ timeMs, ...(signal ? { signal } : {}) });
  // one millisecond more: ranges are open on the left since Prometheus 3
  const range = `${endMs - startMs + 1}ms`;
  const [last, base] = await Promise.all([
    client.query(`last_over_time({${matchers}}[${range}])`, at(endMs)),
    client.query(`last_over_time({${matchers}}[${lookBackMs}ms])`, at(startMs)),
  ]);
  const atStart = new Map(base.map(({ labels, value }) => [labelsKey(labels), value]));
  const names = [...new Set(last.map(({ labels }) => labels.__name__ ?? ''))];
  const limit = pLimit(8);
  const reset = new Map<string, readonly Point[]>();
  const findResets = names.map((name) =>
    limit(async () => {
      const selector = `{__name__="${name}",${matchers}}`;
      const wide = `[${endMs - startMs + lookBackMs}ms]`;
      const fell = await client.query(`resets(${selector}${wide}) > 0`, at(endMs));
      if (fell.length === 0) return;
      for (const { labels, points } of await client.queryRaw(`${selector}${wide}`, at(endMs))) {
        reset.set(labelsKey(labels), points);
      }
    }),
  );
  await Promise.all(findResets);
  return last.map(({ labels, value }) => {
    const { __name__: name = '', ...rest } = labels;
    const key = labelsKey(labels);
    const walked = followResets(reset.get(key) ?? [], startMs);
    const plain = value - (atStart.get(key) ?? 0);
    const { increase, resets } = walked.resets > 0 ? walked : { increase: plain, resets: 0 };
    return { name, labels: rest, increase, last: value, resets };
  });
}

/** Growth after `startMs` over raw points; a fall means that the counter began anew at zero. */
export function followResets(
  points: readonly Point[],
  startMs: number,
): { readonly increase: number; readonly resets: number } {
  let previous = 0;
  let increase = 0;
  let resets = 0;
  for (const [timeMs, value] of points) {
    if (timeMs > startMs) {
      if (value < previous) resets += 1;
      increase += value < previous ? value : value - previous;
    }
    previous = value;
  }
  return { increase, resets };
}
