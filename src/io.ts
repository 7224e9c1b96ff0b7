// What a verb may touch of the outside world, given to it as one argument so that tests can stand in for all of it.
import { exitCode, LabError, renderError } from './errors.ts';

export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** is stdout a terminal that can be redrawn */
  readonly isTTY: boolean;
  /** width of the terminal, in characters */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** aborted at the first Ctrl-C or SIGTERM; a second one ends the process at once */
  readonly signal: AbortSignal;
  /** milliseconds since the epoch */
  readonly now: () => number;
}

/** A verb: parse, call, print, exit code. */
export type Verb = (args: readonly string[], io: Io) => Promise<number>;

/** Runs a verb as the process' own main; the only place that sets the exit code. */
export async function runVerb(verb: Verb): Promise<void> {
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(exitCode.interrupted);
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const io: Io = {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    isTTY: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 100,
    env: process.env,
    cwd: process.cwd(),
    signal: abort.signal,
    now: Date.now,
  };
  process.exit(await guarded(verb, process.argv.slice(2), io));
}

/** Runs a verb and turns whatever it throws into a printed fault and an exit code. */
export async function guarded(verb: Verb, args: readonly string[], io: Io): Promise<number> {
  try {
    return await verb(args, io);
  } catch (error) {
    if (error instanceof LabError) {
      io.stderr(renderError(error));
      return error.exit;
    }
    if (io.signal.aborted) return exitCode.interrupted;
    io.stderr(`internal error, a bug in the lab: ${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCode.internal;
  }
}
