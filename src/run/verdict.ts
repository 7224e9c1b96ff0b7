// From k6's exit code to what the run came to, in words, and to the lab's own exit code.
import { type ExitCode, exitCode } from '../errors.ts';
import type { LogDigest } from './k6-log.ts';
import type { K6Verdict } from './outcome.ts';

/** How the container ended. */
export interface ContainerExit {
  /** null when the container was gone, or the engine, before it could be read */
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
}

/** Why the output stopped the run, from the ledger. */
export interface SeriesLimit {
  readonly limit: number;
  readonly series: number;
  /** the tag with the most values */
  readonly tag: string;
  readonly values: number;
  readonly examples: readonly string[];
}

export interface Ending {
  readonly exit: ContainerExit;
  /** the user interrupted it */
  readonly interrupted: boolean;
  readonly seriesLimit?: SeriesLimit;
  readonly log: LogDigest;
}

export interface Verdict {
  readonly verdict: K6Verdict;
  /** one sentence or a few lines, in k6's own words where it gave any */
  readonly reason: string;
  /** what to do, where there is something to do */
  readonly hint?: string;
}

/** k6's exit codes (errext/exitcodes of k6 2.2); 120 is the lab's own output, 128 + n a signal. */
const byCode: Readonly<
  Record<number, { readonly verdict: K6Verdict; readonly reason: string; readonly hint?: string }>
> = {
  0: { verdict: 'passed', reason: 'the run went to its end' },
  99: { verdict: 'thresholds', reason: 'thresholds were crossed' },
  100: {
    verdict: 'script-error',
    reason: 'setup() timed out',
    hint: 'raise options.setupTimeout, or do less in setup()',
  },
  101: {
    verdict: 'script-error',
    reason: 'teardown() timed out',
    hint: 'raise options.teardownTimeout, or do less in teardown()',
  },
  102: { verdict: 'failed', reason: 'k6 timed out' },
  103: { verdict: 'aborted', reason: "the run was stopped through k6's REST API" },
  104: { verdict: 'config-error', reason: 'k6 refused its configuration', hint: "mend the script's options" },
  105: { verdict: 'interrupted', reason: 'k6 was stopped by a signal' },
  107: { verdict: 'script-error', reason: 'the script threw an exception', hint: 'mend the script at the line above' },
  108: { verdict: 'aborted', reason: 'the script called test.abort()' },
  109: { verdict: 'failed', reason: 'k6 itself panicked', hint: 'its log has the stack; report it to k6' },
  110: { verdict: 'thresholds', reason: 'the script marked the test as failed' },
  120: { verdict: 'series-limit', reason: 'the run made too many series' },
};

/** What became of the run. */
export function verdictOf(ending: Ending): Verdict {
  const { exit, log } = ending;
  if (ending.seriesLimit) return tooManySeries(ending.seriesLimit);
  if (ending.interrupted && exit.exitCode !== 0)
    return { verdict: 'interrupted', reason: 'interrupted by Ctrl-C or SIGTERM' };
  if (exit.oomKilled || exit.exitCode === 137) return killed(exit);
  if (exit.exitCode === null) {
    return { verdict: 'failed', reason: 'the k6 container vanished before its exit code could be read' };
  }
  const known = byCode[exit.exitCode];
  const said = log.errors.join('\n');
  if (!known) return { verdict: 'failed', reason: said || `k6 exited with code ${exit.exitCode}` };
  if (known.verdict === 'passed' || !said) return known;
  return { ...known, reason: known.verdict === 'thresholds' ? said : `${known.reason}: ${said}` };
}

function killed(exit: ContainerExit): Verdict {
  return exit.oomKilled
    ? {
        verdict: 'killed',
        reason: "k6 was killed: it reached its container's memory limit",
        hint: 'k6 keeps every value of every Trend: shorten the run, lower the rate or the VUs, or raise resources.k6.memory',
      }
    : {
        verdict: 'killed',
        reason: 'k6 was killed (exit 137), not by its own memory limit',
        hint: 'somebody killed the container, or the machine ran out of memory: see `dmesg`',
      };
}

function tooManySeries(limit: SeriesLimit): Verdict {
  const examples = limit.examples.slice(0, 3).map((value) => `    ${value}`);
  return {
    verdict: 'series-limit',
    reason: [
      `stopped at ${limit.series} series (the limit is ${limit.limit}): the tag "${limit.tag}" has ${limit.values} values, such as`,
      ...examples,
    ].join('\n'),
    hint:
      limit.tag === 'name' || limit.tag === 'url'
        ? "give requests with changing URLs one name: http.get(url, { tags: { name: 'GET /orders/{id}' } })"
        : `give the tag "${limit.tag}" few values, or raise the limit with --set k6.maxSeries=<n>`,
  };
}

const exits: Readonly<Record<K6Verdict, ExitCode>> = {
  passed: exitCode.ok,
  thresholds: exitCode.thresholds,
  'script-error': exitCode.script,
  'config-error': exitCode.script,
  // it is the script that must be mended
  'series-limit': exitCode.script,
  aborted: exitCode.aborted,
  killed: exitCode.killed,
  interrupted: exitCode.interrupted,
  failed: exitCode.k6,
};

/** The lab's exit code for a run; a run that passed may still be untrusted. */
export function exitOf(verdict: K6Verdict, trusted: boolean): ExitCode {
  return verdict === 'passed' && !trusted ? exitCode.untrusted : exits[verdict];
}
