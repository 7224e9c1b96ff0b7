// ramp: the arrival rate climbs in steps for four minutes. At which rate does latency leave the ground?
import type { Options } from 'k6/options';
import { rampingRate } from '../lib/arrivals.ts';
import { overridden } from '../lib/overrides.ts';
import { thresholds } from '../lib/thresholds.ts';
import { mixedRequest, type Seed, seed } from '../lib/traffic.ts';

const load = overridden({ rate: 300, durationS: 240, vus: 150 });

export const options: Options = {
  scenarios: {
    // a climb and a plateau in turn: a plateau shows whether a rate is held, a climb alone hides a growing queue
    ramp: rampingRate(load, 0.1, [
      { share: 0.25, part: 0.1 },
      { share: 0.25, part: 0.15 },
      { share: 0.5, part: 0.1 },
      { share: 0.5, part: 0.15 },
      { share: 0.75, part: 0.1 },
      { share: 0.75, part: 0.15 },
      { share: 1, part: 0.1 },
      { share: 1, part: 0.15 },
    ]),
  },
  thresholds: thresholds({ p95Ms: 1000, failed: 0.01 }),
};

export const setup = seed;

export default function ramp(data: Seed): void {
  mixedRequest(data);
}
