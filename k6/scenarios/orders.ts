// orders: two minutes at a constant arrival rate, after ten seconds of warm-up. The run to compare with other runs.
import type { Options } from 'k6/options';
import { constantRate, part } from '../lib/arrivals.ts';
import { overridden } from '../lib/overrides.ts';
import { thresholds } from '../lib/thresholds.ts';
import { mixedRequest, type Seed, seed } from '../lib/traffic.ts';

const load = overridden({ rate: 100, durationS: 120, vus: 50 });
const warmupS = 10;

export const options: Options = {
  scenarios: {
    // connections, JIT and page cache: its samples carry the tag scenario=warmup and can be left out
    warmup: constantRate(part(load, 1, warmupS)),
    orders: constantRate(load, warmupS),
  },
  thresholds: thresholds({ p95Ms: 500, failed: 0.01 }),
};

export const setup = seed;

export default function orders(data: Seed): void {
  mixedRequest(data);
}
