// A host whose programs are functions, which remembers what was run.
import type { CommandOptions, CommandResult, Host } from '../../src/host.ts';

export type FakeProgram = (args: readonly string[], options: CommandOptions) => Partial<CommandResult> | undefined;

export interface FakeHost extends Host {
  /** command lines, in the order they were run */
  readonly calls: string[];
}

/** Linux, root, amd64 unless said otherwise; a program that is not given does not exist. */
export function fakeHost(
  programs: Readonly<Record<string, FakeProgram>> = {},
  facts: Partial<Pick<Host, 'platform' | 'uid' | 'env' | 'architecture'>> = {},
): FakeHost {
  const calls: string[] = [];
  return {
    platform: 'linux',
    architecture: 'amd64',
    uid: 0,
    env: {},
    ...facts,
    calls,
    run: async (command, args, options = {}) => {
      calls.push([command, ...args].join(' '));
      const answer = programs[command]?.(args, options);
      const notThere = { exitCode: 127, stdout: '', stderr: `${command}: not found` };
      return answer ? { exitCode: 0, stdout: '', stderr: '', ...answer } : notThere;
    },
  };
}

/** A program that prints this. */
export const prints =
  (stdout: string): FakeProgram =>
  () => ({ stdout });

/** A program that fails. */
export const fails =
  (stderr: string, exitCode = 1): FakeProgram =>
  () => ({ stderr, exitCode });
