// Drives the lab as a user does: npm scripts in the checkout, as processes of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { projectRoot } from '../src/paths.ts';

export interface Done {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DriveOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** done once, when this appears in what the verb prints */
  readonly at?: { readonly text: string | RegExp; readonly act: (pid: number) => void };
  readonly cwd?: string;
}

/** Runs a command line of the README: `npm run lab:x -- args`. */
export function npm(commandLine: string, options: DriveOptions = {}): Promise<Done> {
  return run('sh', ['-c', commandLine], options);
}

/** Runs a verb's script directly, so that a signal reaches it and not npm: `verb('run', 'smoke')`. */
export function verb(name: string, args: readonly string[] = [], options: DriveOptions = {}): Promise<Done> {
  return run(process.execPath, [path.join(projectRoot, `scripts/lab-${name}.ts`), ...args], options);
}

async function run(command: string, args: readonly string[], options: DriveOptions): Promise<Done> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? projectRoot,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let acted = false;
  const look = (): void => {
    const { at } = options;
    if (!at || acted || child.pid === undefined) return;
    const printed = stdout + stderr;
    if (typeof at.text === 'string' ? !printed.includes(at.text) : !at.text.test(printed)) return;
    acted = true;
    at.act(child.pid);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    look();
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

/** What a verb printed, for the message of a failed expectation. */
export function said(done: Done): string {
  return `exit ${done.exitCode}\n${done.stdout.slice(-4_000)}\n${done.stderr.slice(-4_000)}`;
}
