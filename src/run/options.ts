// The command line of lab:run.
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { collect, verbCommand } from '../cli.ts';
import { exitCode, LabError } from '../errors.ts';
import type { Io } from '../io.ts';
import { defaultLabel, validLabel } from './id.ts';
import { durationMs } from './inspect.ts';

export interface RunOptions {
  /** a scenario's name, or a script's path */
  readonly script: string;
  readonly label: string;
  readonly rate?: number;
  readonly duration?: string;
  readonly vus?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
  readonly config?: string;
  readonly dryRun: boolean;
}

/** Reads the arguments. Errors: commander's own (see runCommand), LABEL_INVALID, USAGE. */
export function parseRunOptions(args: readonly string[], io: Io): RunOptions {
  const command = verbCommand('lab:run', 'Run a k6 scenario and freeze what was measured into a snapshot.', io)
    .argument('<scenario>', 'smoke, orders, ramp, spike, soak, or a path to a .js or .ts script')
    .option('--label <label>', 'a word for this run, in its id and as a tag', validLabel, defaultLabel)
    .option('--rate <per second>', 'iterations started per second', positive)
    .option('--duration <duration>', 'length of the measured part, such as 90s or 2m', duration)
    .option('--vus <n>', 'virtual users', whole)
    .option('-e, --env <KEY=VALUE>', 'environment of the script, may be repeated; -e KEY passes your own on', collect)
    .option('--set <path=value>', 'override a key of lab.yaml, may be repeated', collect)
    .option('--config <file>', 'another file than lab.yaml')
    .option('--dry-run', 'print the exact k6 command, do nothing')
    .parse([...args], { from: 'user' });
  const { env, dryRun, ...options } = command.opts();
  return {
    script: command.processedArgs[0],
    ...options,
    env: environment(env ?? [], io.env),
    dryRun: dryRun === true,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

function duration(text: string): string {
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text) || durationMs(text) <= 0) {
    throw new InvalidArgumentError('It must be a duration such as 90s, 2m or 1m30s.');
  }
  return text;
}

function environment(
  assignments: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [, key = '', , value] = /^([A-Za-z_]\w*)(=([\s\S]*))?$/.exec(assignment) ?? [];
      if (key === '') throw usage(`-e ${assignment} is not KEY=VALUE`);
      return [key, value ?? env[key] ?? ''];
    }),
  );
}

function usage(message: string): LabError {
  return new LabError({
    code: 'USAGE',
    message,
    hint: 'npm run lab:run -- <scenario> [--label x] [--rate n] [--duration 2m] [--vus n] [-e KEY=VALUE]; --help has all',
    exit: exitCode.usage,
  });
}
