// spike: a calm minute, twenty seconds at eight times the rate, and another calm minute. Does it recover, and how soon?
import type { Options } from 'k6/options';
import { constantRate, part } from '../lib/arrivals.ts';
import { overridden } from '../lib/overrides.ts';
import { thresholds } from '../lib/thresholds.ts';
import { mixedRequest, type Seed, seed } from '../lib/traffic.ts';

// the rate of the spike and the length of the whole
const load = overridden({ rate: 400, durationS: 140, vus: 200 });
const calmShare = 1 / 8;
const calmS = (load.durationS * 3) / 7;
const spikeS = load.durationS / 7;

export const options: Options = {
  // three scenarios rather than stages of one: the tag `scenario` keeps their latencies apart
  scenarios: {
    calm: constantRate(part(load, calmShare, calmS)),
    spike: constantRate(part(load, 1, spikeS), calmS),
    recovery: constantRate(part(load, calmShare, calmS), calmS + spikeS),
  },
  thresholds: thresholds({ p95Ms: 2000, failed: 0.05 }),
};

export const setup = seed;

export default function spike(data: Seed): void {
  mixedRequest(data);
}
