// smoke: 15 seconds of everything, once per API and a few times per second. Does the whole chain work at all?
import type { Options } from 'k6/options';
import { constantRate } from '../lib/arrivals.ts';
import { overridden } from '../lib/overrides.ts';
import { thresholds } from '../lib/thresholds.ts';
import { type Seed, seed, visit } from '../lib/traffic.ts';

const load = overridden({ rate: 5, durationS: 15, vus: 20 });

export const options: Options = {
  scenarios: { smoke: { ...constantRate(load), tags: { load: 'visits' } } },
  thresholds: thresholds({ p95Ms: 1000, failed: 0.01 }),
};

export const setup = seed;

export default function smoke(data: Seed): void {
  visit(data);
}
