// What a k6 run came to, as plain data: handed over to the snapshot, and rendered for the user.
import type { Warning } from '../errors.ts';

/**
 * How k6 ended.
 * - `passed`: exit 0
 * - `thresholds`: the run went to its end and crossed a threshold (99)
 * - `script-error`: the script threw, or does not compile (107)
 * - `config-error`: options that k6 refuses (104)
 * - `aborted`: the script called test.abort() (108)
 * - `killed`: the container was killed, most often for lack of memory (137)
 * - `series-limit`: the output stopped the run, because its tags made too many series
 * - `interrupted`: Ctrl-C or SIGTERM
 * - `failed`: anything else
 */
export type K6Verdict =
  | 'passed'
  | 'thresholds'
  | 'script-error'
  | 'config-error'
  | 'aborted'
  | 'killed'
  | 'series-limit'
  | 'interrupted'
  | 'failed';

/** A part of a run: one k6 scenario, or several that share their time. Milliseconds since the epoch. */
export interface Phase {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface RunOutcome {
  /** `<UTC yyyyMMddTHHmmssZ>-<scenario>-<label>`; the same as the tag `testid` */
  readonly id: string;
  readonly label: string;
  readonly scenario: {
    readonly name: string;
    /** the script, as an absolute path on the host */
    readonly file: string;
    /** the options that k6 derived from script, environment and flags (`k6 inspect`) */
    readonly options: unknown;
  };
  readonly startedMs: number;
  readonly endedMs: number;
  readonly phases: readonly Phase[];
  readonly k6: {
    /** null when the container was gone before its exit code could be read */
    readonly exitCode: number | null;
    readonly verdict: K6Verdict;
    /** why this verdict, in k6's own words where it gave any, and what to do; one line or a few */
    readonly reason: string;
    readonly version: string;
    /** the image's reference */
    readonly image: string;
    /** the run folder `.lab/runs/<id>`: ledger.json, progress.json, summary.json, k6.log */
    readonly folder: string;
  };
  readonly warnings: readonly Warning[];
}
