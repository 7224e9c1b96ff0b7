// The catalogue as a specification: every metric is complete, and every query of it is PromQL that both Prometheus versions take.
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import {
  catalogue,
  durations,
  type Metric,
  matcherLabel,
  matchers,
  metric,
  type RunWindow,
  render,
} from '../../prometheus/catalogue.ts';

const run: RunWindow = {
  testid: '20261121T120000Z-orders-a"b\\c',
  startMs: 1_000_000,
  endMs: 1_120_500,
  settledMs: 1_131_250,
  intervalSeconds: 20,
};

function queries(entry: Metric): readonly string[] {
  const { series, instant } = render(entry, run);
  return instant ? [series, instant.query] : [series];
}

/** Texts of all nodes of one kind in a query. */
function nodes(query: string, kind: string): readonly string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: (node) => {
      if (node.name === kind) found.push(query.slice(node.from, node.to));
    },
  });
  return found;
}

/** Where the parser found what is not PromQL. */
function syntaxErrors(query: string): readonly string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: (node) => {
      if (node.type.isError) found.push(`at ${node.from}: …${query.slice(Math.max(0, node.from - 20), node.to + 20)}…`);
    },
  });
  return found;
}

describe('the checks of this file', () => {
  it('see what is not PromQL', () => {
    expect(syntaxErrors('sum by (name (rate(x[5s]))')).not.toEqual([]);
    expect(syntaxErrors('sum by (name) (rate(x[$interval]))')).not.toEqual([]);
    expect(syntaxErrors('sum by (name) (rate(x[5s]))')).toEqual([]);
  });
});

describe('the catalogue', () => {
  it('has an id for every metric, and no id twice', () => {
    const ids = catalogue.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][a-z0-9_]*$/.test(id))).toEqual([]);
  });

  it('finds a metric by its id, and nothing by another', () => {
    expect(metric('http_latency_p95').unit).toBe('seconds');
    expect(() => metric('http_latency_p96')).toThrow('no metric http_latency_p96');
  });

  it('covers every source', () => {
    expect(new Set(catalogue.map(({ source }) => source))).toEqual(
      new Set(['k6', 'kafka-exporter', 'jmx', 'cadvisor', 'node', 'target', 'statsd-exporter', 'prometheus']),
    );
  });

  it('gates only on what has a better direction', () => {
    expect(catalogue.filter(({ gate, better }) => gate && better === 'neither')).toEqual([]);
  });

  it('takes exact values from the ledger only for metrics of k6, and in seconds where the ledger has milliseconds', () => {
    const exact = catalogue.filter(({ fromLedger }) => fromLedger);
    expect(exact.filter(({ source }) => source !== 'k6')).toEqual([]);
    for (const { id, unit, fromLedger } of exact) {
      expect([id, fromLedger?.scale]).toEqual([id, unit === 'seconds' ? 0.001 : undefined]);
    }
  });

  it('takes no mean of a quantile over time', () => {
    const quantiles = catalogue.filter(({ id }) => /_p\d+$/.test(id));
    expect(quantiles.length).toBeGreaterThan(10);
    expect(quantiles.filter(({ aggregate }) => aggregate.kind === 'reduce' && aggregate.how === 'mean')).toEqual([]);
  });

  it('takes the maximum, not the sum, of what every controller says of the same cluster', () => {
    const summed = catalogue.filter(({ series }) => /sum(?: by \([^)]*\))? ?\(kafka_controller_/.test(series));
    // where each node answers only for itself
    expect(summed.map(({ id }) => id)).toEqual(['active_controllers']);
  });
});

describe.each(catalogue.map((entry) => [entry.id, entry] as const))('%s', (_, entry) => {
  it('is said in words', () => {
    expect(entry.title).toMatch(/^\S.*[^.\s]$/);
    expect(entry.description).toMatch(/^[A-Z0-9].*\.$/s);
  });

  it('uses known placeholders, and leaves none when rendered', () => {
    const source = [entry.series, ...(entry.aggregate.kind === 'instant' ? [entry.aggregate.query] : [])].join(' ');
    const used = [...source.matchAll(/\$([a-z]+)/g)].map(([, name]) => name);
    expect(used.filter((name) => ![...matchers, ...durations].some((known) => known === name))).toEqual([]);
    for (const query of queries(entry)) expect(query).not.toContain('$');
  });

  it('has no length of a run in its series', () => {
    expect(entry.series).not.toMatch(/\$(range|seconds)/);
  });

  it('is PromQL', () => {
    for (const query of queries(entry)) expect(syntaxErrors(query)).toEqual([]);
  });

  it('matches no bucket by its bound, which Prometheus 2 and 3 write differently', () => {
    for (const query of queries(entry)) {
      expect(nodes(query, 'UnquotedLabelMatcher').filter((text) => /^le\b/.test(text))).toEqual([]);
    }
  });

  it("leaves out Kafka's internal topics, where it keeps topics", () => {
    if (!entry.by.includes('topic')) return;
    for (const query of queries(entry)) {
      const selectors = nodes(query, 'VectorSelector');
      expect(selectors.filter((selector) => !selector.includes(`${matcherLabel.topic}!~"__.*"`))).toEqual([]);
    }
  });

  it('is of one run, where it comes from k6', () => {
    if (entry.source !== 'k6') return;
    for (const query of queries(entry)) {
      const selectors = nodes(query, 'VectorSelector');
      expect(selectors.filter((selector) => !selector.includes('testid="20261121T120000Z-orders-a\\"b\\\\c"'))).toEqual(
        [],
      );
    }
  });
});

describe('render', () => {
  it('evaluates over the load, or over load and drain where counts are complete only then', () => {
    expect(render(metric('host_cpu_busy'), run).instant).toMatchObject({ timeMs: run.endMs });
    expect(render(metric('host_cpu_busy'), run).instant?.query).toContain('[120500ms]');
    expect(render(metric('http_requests'), run).instant).toMatchObject({ timeMs: run.settledMs });
    expect(render(metric('http_requests'), run).instant?.query).toContain('[131250ms]');
  });

  it('divides by the length of the load, drain or not', () => {
    expect(render(metric('http_request_rate'), run).instant?.query).toMatch(/ \/ 120\.5$/);
  });

  it('has no instant query for a reduction', () => {
    expect(render(metric('consumer_lag_max'), run).instant).toBeUndefined();
  });
});
