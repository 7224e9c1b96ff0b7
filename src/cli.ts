// What the command lines of all verbs have in common: output through Io, usage faults as exit code 2, shared options.
import { Command, CommanderError } from '@commander-js/extra-typings';
import { exitCode } from './errors.ts';
import type { Io } from './io.ts';

/** A commander program for one verb; `npm run lab:x -- --help` shows it. */
export function verbCommand(name: string, description: string, io: Io): Command {
  return new Command()
    .name(`npm run ${name} --`)
    .description(description)
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
    })
    .showHelpAfterError('(--help lists what there is)');
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** Parses and runs; --help exits 0, a usage fault 2 after commander has said what is wrong. */
export async function runCommand(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    throw error;
  }
}
