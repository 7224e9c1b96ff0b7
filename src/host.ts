// Running programs on the host: the one edge through which the lab starts docker, go, npm, apt and the like.
import { arch, platform } from 'node:os';
import { $ } from 'zx';
import { LabError } from './errors.ts';

export interface CommandResult {
  /** null when a signal ended it */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** added to the host's environment; undefined removes a variable */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** called with every line of stdout and stderr as it comes */
  readonly onLine?: (line: string) => void;
}

export interface Host {
  readonly platform: NodeJS.Platform;
  /** as Go names it: amd64, arm64 */
  readonly architecture: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs a program to its end. Never throws for an exit code; a program that cannot be started gives 127. */
  readonly run: (command: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
}

const goArchitecture: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The machine that this process runs on. */
export function realHost(env: Readonly<Record<string, string | undefined>> = process.env): Host {
  return {
    platform: platform(),
    architecture: goArchitecture[arch()] ?? arch(),
    uid: process.getuid?.() ?? -1,
    env,
    run: (command, args, options = {}) => runCommand(env, command, args, options),
  };
}

async function runCommand(
  hostEnv: Readonly<Record<string, string | undefined>>,
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const env = { ...hostEnv, ...options.env } as NodeJS.ProcessEnv;
  const running = $({
    env,
    nothrow: true,
    quiet: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })`${[command, ...args]}`;
  if (options.onLine) {
    const emit = lineSplitter(options.onLine);
    running.stdout.on('data', emit());
    running.stderr.on('data', emit());
  }
  const result = await running;
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

function lineSplitter(onLine: (line: string) => void): () => (chunk: Buffer) => void {
  return () => {
    let rest = '';
    return (chunk) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    };
  };
}

/** Runs a program that must succeed; otherwise a LabError with its last lines. Returns stdout. */
export async function mustRun(
  host: Host,
  command: string,
  args: readonly string[],
  fault: { readonly code: string; readonly message: string; readonly hint: string },
  options: CommandOptions = {},
): Promise<string> {
  const result = await host.run(command, args, options);
  if (result.exitCode === 0) return result.stdout;
  const output = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-20).join('\n');
  throw new LabError({
    ...fault,
    message: `${fault.message} (${[command, ...args].join(' ').slice(0, 200)}: exit ${result.exitCode ?? 'by signal'})`,
    ...(output ? { detail: output } : {}),
  });
}
