// The run's id, which is also the tag `testid` and the name of the snapshot's folder; and what a label may look like.
import { exitCode, LabError } from '../errors.ts';

/** What a run is called when the user gives it no label. */
export const defaultLabel = 'run';

const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** Returns the label. Error: LABEL_INVALID for one that could not be a tag value and a part of a folder's name. */
export function validLabel(label: string): string {
  if (labelPattern.test(label)) return label;
  throw new LabError({
    code: 'LABEL_INVALID',
    message: `--label ${JSON.stringify(label)} cannot be used as a tag and as part of a folder's name`,
    hint: 'use up to 40 letters, digits, dots, hyphens and underscores, beginning with a letter or digit',
    exit: exitCode.usage,
  });
}

/** `<UTC yyyyMMddTHHmmssZ>-<scenario>-<label>`: sorts by time, and is unique as long as runs take a second. */
export function runId(nowMs: number, scenario: string, label: string): string {
  const time = new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return `${time}-${scenario}-${label}`;
}

/** A scenario's name from its file's: `Check Out.test.ts` is `check-out-test`. */
export function scenarioName(fileName: string): string {
  const stem = fileName.replace(/\.[^.]+$/, '').toLowerCase();
  return (
    stem
      .replaceAll(/[^a-z0-9_]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 40) || 'script'
  );
}
