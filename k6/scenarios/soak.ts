// soak: an hour of customers' visits at a moderate rate. Does anything grow: memory, lag, disk, latency?
//
// k6 itself grows too: it keeps every value of every Trend, about nine of 8 bytes per request. An hour at 10 visits/s
// (four requests each) is 144,000 requests and 10 MiB, a day 240 MiB; the k6 container's memory limit bounds it.
// Response bodies, which nothing here reads except an order's id, are not kept.
import type { Options } from 'k6/options';
import { constantRate } from '../lib/arrivals.ts';
import { overridden } from '../lib/overrides.ts';
import { thresholds } from '../lib/thresholds.ts';
import { type Seed, seed, visit } from '../lib/traffic.ts';

const load = overridden({ rate: 10, durationS: 3600, vus: 60 });
const thinkTimeS = 0.5;

export const options: Options = {
  discardResponseBodies: true,
  scenarios: { soak: constantRate(load) },
  thresholds: thresholds({ p95Ms: 500, failed: 0.001 }),
};

export const setup = seed;

export default function soak(data: Seed): void {
  visit(data, thinkTimeS);
}
