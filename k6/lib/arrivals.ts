// Arrival-rate executors: iterations start on time whether or not earlier ones have been answered.
//
// With a fixed number of looping VUs a stalled system is asked less, exactly while it is slow: the requests that would
// have seen the stall are never sent, and latency comes out too good (coordinated omission). Every scenario here
// therefore starts iterations at a rate. When all VUs are busy k6 counts `dropped_iterations`: the generator fell
// behind, and what it measured is not the load that was asked for.
import type { Scenario } from 'k6/options';
import type { Load } from './overrides.ts';

/** A constant arrival rate for `durationS` seconds, beginning `startS` seconds into the run. */
export function constantRate(load: Load, startS = 0): Scenario {
  return {
    executor: 'constant-arrival-rate',
    ...perSecond(load.rate),
    startTime: duration(startS),
    duration: duration(load.durationS),
    ...vus(load),
    gracefulStop: '5s',
  };
}

/** One leg of a ramp: towards `share` of the load's rate, during `part` of its duration. */
export interface Leg {
  readonly share: number;
  readonly part: number;
}

/** An arrival rate that follows `legs`, beginning at `fromShare` of the load's rate. */
export function rampingRate(load: Load, fromShare: number, legs: readonly Leg[]): Scenario {
  const unit = timeUnit(load.rate);
  return {
    executor: 'ramping-arrival-rate',
    startRate: Math.round(load.rate * fromShare * unit),
    timeUnit: duration(unit),
    stages: legs.map((leg) => ({
      target: Math.round(load.rate * leg.share * unit),
      duration: duration(load.durationS * leg.part),
    })),
    ...vus(load),
    gracefulStop: '5s',
  };
}

/** The same load at `share` of the rate, with as much of its VUs, for `durationS` seconds. */
export function part(load: Load, share: number, durationS: number): Load {
  return { rate: load.rate * share, vus: Math.max(fewestVus, Math.ceil(load.vus * share)), durationS };
}

/** enough for a moment in which the first answers are slow */
const fewestVus = 10;

function perSecond(rate: number): { rate: number; timeUnit: string } {
  const unit = timeUnit(rate);
  return { rate: Math.round(rate * unit), timeUnit: duration(unit) };
}

/** k6 takes whole rates only: a rate with a fraction is given per ten or hundred seconds. */
function timeUnit(rate: number): number {
  return [1, 10].find((unit) => Number.isInteger(Math.round(rate * unit * 1e6) / 1e6)) ?? 100;
}

/** VUs are made before the run and at most doubled during it: making one takes time that a measurement would show. */
function vus(load: Load): { preAllocatedVUs: number; maxVUs: number } {
  return { preAllocatedVUs: load.vus, maxVUs: load.vus * 2 };
}

function duration(seconds: number): string {
  return `${Math.round(seconds * 1000)}ms`;
}
