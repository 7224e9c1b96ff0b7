// When a run counts as failed. A threshold that names an API also puts that API into k6's own summary.
import type { Options } from 'k6/options';
import { api } from './shop.ts';

export interface Limits {
  /** bound of the 95th percentile of every API, milliseconds */
  readonly p95Ms: number;
  /** bound of the share of failed requests */
  readonly failed: number;
}

/** Thresholds per API, on failures, and on iterations that the generator had to drop. */
export function thresholds(limits: Limits): NonNullable<Options['thresholds']> {
  const perApi = Object.values(api).flatMap((name) => [
    [`http_req_duration{name:${name}}`, [`p(95)<${limits.p95Ms}`]] as const,
    // always true: it is here so that the API's count is in the summary
    [`http_reqs{name:${name}}`, ['count>=0']] as const,
  ]);
  return {
    ...Object.fromEntries(perApi),
    http_req_failed: [`rate<${limits.failed}`],
    checks: [`rate>${1 - limits.failed}`],
  };
}
