// The end of lab:run on screen: how k6 ended, what was measured per API, whether the sums close, warnings, where it is.
import path from 'node:path';
import { renderWarning, type Warning } from '../errors.ts';
import type { Ledger } from '../snapshot/ledger.ts';
import { apiFigures, renderApis } from './apis.ts';
import type { K6Verdict, RunOutcome } from './outcome.ts';

export interface Result {
  readonly outcome: RunOutcome;
  readonly ledger?: Ledger;
  /** the reconciliation table, rendered */
  readonly reconciliation: string;
  readonly warnings: readonly Warning[];
  /** the snapshot's folder */
  readonly snapshot: string;
  readonly trusted: boolean;
  /** paths are shown relative to it */
  readonly cwd: string;
  readonly columns: number;
}

const titles: Readonly<Record<K6Verdict, string>> = {
  passed: 'passed',
  thresholds: 'FAILED: thresholds',
  'script-error': 'FAILED: script error',
  'config-error': 'FAILED: options',
  aborted: 'ABORTED by the script',
  killed: 'KILLED',
  'series-limit': 'STOPPED: too many series',
  interrupted: 'INTERRUPTED',
  failed: 'FAILED',
};

/** Text of a run's result; ends with a newline. */
export function renderResult(result: Result): string {
  const { outcome, ledger, columns } = result;
  const seconds = ((outcome.endedMs - outcome.startedMs) / 1000).toFixed(1);
  const exit = outcome.k6.exitCode === null ? '' : `, k6 exit ${outcome.k6.exitCode}`;
  const sections = [
    `${outcome.scenario.name} ${titles[outcome.k6.verdict]} (${seconds} s${exit})`,
    ...(outcome.k6.verdict === 'passed' ? [] : [indent(outcome.k6.reason)]),
    ...(ledger ? ['', renderApis(apiFigures(ledger), columns).trimEnd()] : []),
    '',
    result.reconciliation.trimEnd(),
    ...(result.warnings.length > 0 ? ['', ...result.warnings.map(renderWarning)] : []),
    '',
    ...(result.trusted ? [] : ['these figures cannot be trusted: see the table and the warnings above']),
    `snapshot ${relative(result.cwd, result.snapshot)}`,
  ];
  return `${sections.join('\n')}\n`;
}

/** The same warning said twice, by the run and by the snapshot, is one. */
export function distinct(warnings: readonly Warning[]): readonly Warning[] {
  return [...new Map(warnings.map((warning) => [`${warning.code} ${warning.message}`, warning])).values()];
}

function relative(cwd: string, folder: string): string {
  const short = path.relative(cwd, folder);
  return short.startsWith('..') ? folder : short || '.';
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
