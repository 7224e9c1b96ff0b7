// Runs one container to its end through the engine's API: output as it comes, signals, the exact exit code, OOM.
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import type { ContainerCreateOptions } from 'dockerode';
import { LabError } from '../errors.ts';
import type { ContainerExit } from './verdict.ts';

export type OnOutput = (stream: 'stdout' | 'stderr', chunk: Buffer) => void;

export interface StartedContainer {
  /** settles when the container has ended and all of its output has been passed on */
  readonly ended: Promise<ContainerExit>;
  /** sends a signal; a container that has ended is none the worse for it */
  readonly kill: (signal: 'SIGINT' | 'SIGKILL') => Promise<void>;
  /** removes the container, whatever its state */
  readonly remove: () => Promise<void>;
}

export type StartContainer = (options: ContainerCreateOptions, onOutput: OnOutput) => Promise<StartedContainer>;

/** Starts containers on this engine. One left behind by a crash under the same name is removed first. Errors: K6_START. */
export function containerStarter(api: Docker): StartContainer {
  return async (options, onOutput) => {
    if (options.name) await removeQuietly(api.getContainer(options.name));
    const container = await api.createContainer(options).catch((cause) => {
      throw cannotStart(options, cause);
    });
    try {
      const attached = await container.attach({ stream: true, stdout: true, stderr: true });
      const drained = passOn(api, attached, onOutput);
      await container.start();
      return {
        ended: ending(container, drained),
        kill: async (signal) => void (await container.kill({ signal }).catch(() => undefined)),
        remove: () => removeQuietly(container),
      };
    } catch (cause) {
      await removeQuietly(container);
      throw cannotStart(options, cause);
    }
  };
}

/** Ends and removes k6 containers that a lab:run left behind when it was killed; how many there were. */
export async function removeLeftovers(api: Docker, project: string): Promise<number> {
  const label = [`com.docker.compose.project=${project}`, 'com.docker.compose.service=k6'];
  const left = await api.listContainers({ all: true, filters: { label } });
  await Promise.all(left.map(({ Id }) => removeQuietly(api.getContainer(Id))));
  return left.length;
}

/** Runs a container to its end and removes it. Returns what it printed, at most `maxBytes` of each stream. */
export async function runToEnd(
  start: StartContainer,
  options: ContainerCreateOptions,
  signal: AbortSignal,
  maxBytes = 4 * 1024 ** 2,
): Promise<{ readonly exit: ContainerExit; readonly stdout: string; readonly stderr: string }> {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const bytes = { stdout: 0, stderr: 0 };
  signal.throwIfAborted();
  const container = await start(options, (stream, chunk) => {
    bytes[stream] += chunk.length;
    if (bytes[stream] <= maxBytes) output[stream].push(chunk);
  });
  const stop = (): void => void container.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  try {
    const exit = await container.ended;
    signal.throwIfAborted();
    return { exit, stdout: Buffer.concat(output.stdout).toString(), stderr: Buffer.concat(output.stderr).toString() };
  } finally {
    signal.removeEventListener('abort', stop);
    await container.remove();
  }
}

async function ending(container: Docker.Container, drained: Promise<void>): Promise<ContainerExit> {
  try {
    await container.wait();
    await drained;
    const { State } = await container.inspect();
    return { exitCode: State.ExitCode, oomKilled: State.OOMKilled };
  } catch {
    return { exitCode: null, oomKilled: false };
  }
}

function passOn(api: Docker, attached: NodeJS.ReadWriteStream, onOutput: OnOutput): Promise<void> {
  const sinks = (['stdout', 'stderr'] as const).map((name) => {
    const sink = new PassThrough();
    sink.on('data', (chunk: Buffer) => onOutput(name, chunk));
    return sink;
  });
  const [stdout, stderr] = sinks;
  if (stdout && stderr) api.modem.demuxStream(attached, stdout, stderr);
  // a connection that breaks ends the output early; the exit code still tells how the run ended
  return finished(attached, { writable: false }).catch(() => undefined);
}

async function removeQuietly(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch(() => undefined);
}

function cannotStart(options: ContainerCreateOptions, cause: unknown): LabError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new LabError({
    code: 'K6_START',
    message: `cannot start a container of ${options.Image}: ${said}`,
    hint: '`npm run lab:status` shows whether the lab is up; `npm run lab:doctor` looks at the engine',
    cause,
  });
}
