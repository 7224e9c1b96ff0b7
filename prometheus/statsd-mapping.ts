// The mapping of statsd-exporter: how k6's samples become Prometheus metrics.
// Names need no rule (`k6.x` comes out as `k6_x`), and neither do a script's own metrics, which are mapped by their type.
import { Document, isScalar, visit } from 'yaml';

/**
 * How long a series lives after its last sample. Far longer than a drain, so that a finished run's last values are scraped,
 * and short enough that only the last few of many runs are still exposed: each is some thousand series. An API that rests
 * longer than this within a run starts again from zero; Prometheus then has both parts.
 */
const seriesTtl = '5m';

/** Virtual users are gone when the run is; a few scrapes of any usual interval. k6 sends them every second. */
const presenceTtl = '30s';

/** Whoever reads a quantile between 1 ms and 10 s gets it within this factor, as the ends of a bucket are this far apart. */
export const fineFactor = 1.05;

/** Upper bounds in seconds for durations whose quantiles are read: fine from 1 ms to 10 s, coarser around. */
export const fineBuckets: readonly number[] = [
  ...[0.0001, 0.00014, 0.0002, 0.00028, 0.0004, 0.00056, 0.00075],
  ...geometric(0.001, 10, fineFactor),
  ...[12.5, 16, 20, 25, 32, 40, 50, 60],
];

/** Upper bounds in seconds for durations of which only means are read: a bound costs a series in every tag set. */
export const coarseBuckets: readonly number[] = [0.001, 0.01, 0.1, 1, 10];

/** Upper bounds for a script's own Trends, whatever their unit: seconds, or bytes, counts, euros as they are. */
export const customBuckets: readonly number[] = Array.from({ length: 11 }, (_, decade) => decade - 4).flatMap(
  (exponent) => [1, 2, 5].map((digit) => Number(`${digit}e${exponent}`)),
);

const fine = ['http_req_duration', 'iteration_duration', 'grpc_req_duration'] as const;
const phases = [
  'http_req_blocked',
  'http_req_connecting',
  'http_req_tls_handshaking',
  'http_req_sending',
  'http_req_waiting',
  'http_req_receiving',
] as const;
const coarse = [...phases, 'group_duration'] as const;

/** The mapping file, valid for statsd-exporter 0.30 and later. */
export function renderStatsdMapping(): string {
  const mapping = {
    defaults: {
      match_type: 'glob',
      // Histograms can be summed over APIs and merged over runs; a summary's quantiles can not.
      observer_type: 'histogram',
      histogram_options: { buckets: customBuckets },
      ttl: seriesTtl,
    },
    mappings: [
      ...fine.map((name) => observer(name, fineBuckets)),
      ...coarse.map((name) => observer(name, coarseBuckets)),
      ...['vus', 'vus_max'].map((name) => ({
        match: `k6.${name}`,
        match_metric_type: 'gauge',
        name: `k6_${name}`,
        ttl: presenceTtl,
      })),
    ],
  };
  const header =
    '# Written by the lab: k6 over StatsD. Trends of time arrive as ms and come out in seconds; others keep their unit.';
  const document = new Document(mapping, { aliasDuplicateObjects: false });
  visit(document, {
    // the bounds of a histogram on one line
    Seq: (_, list) => {
      list.flow = isScalar(list.items[0]);
    },
  });
  return `${header}\n${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`;
}

/** Series that one tag set of an HTTP request costs: the estimate behind k6.maxSeries. */
export const seriesPerHttpTagSet: number =
  histogramSeries(fineBuckets) +
  phases.length * histogramSeries(coarseBuckets) +
  ['http_reqs', 'http_req_failed', 'http_req_failed_samples'].length;

/** Buckets with +Inf, sum and count. */
function histogramSeries(buckets: readonly number[]): number {
  return buckets.length + 3;
}

function observer(name: string, buckets: readonly number[]): Readonly<Record<string, unknown>> {
  return {
    match: `k6.${name}`,
    match_metric_type: 'observer',
    name: `k6_${name}`,
    histogram_options: { buckets },
  };
}

/** Bounds from..to, each at most `factor` times the one before, to six significant digits. */
function geometric(from: number, to: number, factor: number): readonly number[] {
  const steps = Math.ceil(Math.log(to / from) / Math.log(factor));
  return Array.from({ length: steps + 1 }, (_, i) => Number((from * (to / from) ** (i / steps)).toPrecision(6)));
}
