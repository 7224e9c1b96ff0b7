// The dockerd process itself: its arguments, its start in the background, and the wait until it answers.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { LabError } from '../../errors.ts';
import { diskFault } from '../disk.ts';
import type { EngineAddresses } from './addresses.ts';
import type { Firewall } from './firewall.ts';
import type { Layout } from './layout.ts';
import { signalProcess } from './processes.ts';
import type { Unpacked } from './unpack.ts';

/** File system types, as statfs numbers them, that overlay2 cannot lie on. */
const overlayMagic = 0x794c7630;

export interface DaemonOptions {
  readonly firewall: Firewall;
  readonly addresses: EngineAddresses;
  readonly storageDriver: 'overlay2' | 'vfs';
  /** open files of a process in a container */
  readonly openFiles: number;
}

/** As many open files as an installed Docker allows, or as many as this process may pass on. */
export async function openFiles(): Promise<number> {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1];
  return Math.min(1_048_576, Number(hard ?? 1_048_576));
}

/** overlay2, except where the cache folder itself lies on an overlay, as inside a container. */
export async function storageDriver(layout: Layout): Promise<'overlay2' | 'vfs'> {
  return (await statfs(layout.home)).type === overlayMagic ? 'vfs' : 'overlay2';
}

/** dockerd's arguments. Everything that it would otherwise share with an installed engine is its own. */
export function daemonArguments(layout: Layout, unpacked: Unpacked, options: DaemonOptions): readonly string[] {
  const init = path.join(unpacked.root, 'usr/bin/tini-static');
  return [
    ['--config-file', path.join(layout.runtime, 'daemon.json')],
    ['--host', layout.host],
    ['--data-root', layout.data],
    ['--exec-root', layout.exec],
    ['--pidfile', layout.pidFile],
    ['--storage-driver', options.storageDriver],
    ['--bridge', layout.bridge],
    ['--default-address-pool', `base=${options.addresses.pool},size=24`],
    // A broker keeps many files open; the lab's own shell may be limited to 1,024.
    ['--default-ulimit', `nofile=${options.openFiles}:${options.openFiles}`],
    ...(existsSync(init) ? [['--init-path', init]] : []),
    ['--ip6tables=false'],
    [`--ip-masq=${options.firewall.masquerade}`],
    // Only needed on the way out of the machine.
    [`--ip-forward=${options.firewall.masquerade}`],
  ].flat();
}

/**
 * Starts dockerd in the background and waits until it answers. ENGINE_FAILED with the log's last lines as soon as it
 * exits, or when it does not answer within timeoutMs; NO_DISK_SPACE when the log says so.
 */
export async function startDaemon(
  layout: Layout,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await mkdir(layout.runtime, { recursive: true, mode: 0o711 });
  await mkdir(layout.data, { recursive: true, mode: 0o711 });
  await writeFile(path.join(layout.runtime, 'daemon.json'), '{}\n');
  const log = openSync(layout.log, 'w');
  const child = spawn(program, args, {
    cwd: '/',
    env: env as NodeJS.ProcessEnv,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended ??= code === null ? `ended by ${signal}` : `exit code ${code}`));

  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    if (await answers(layout)) break;
    if (options.signal?.aborted) {
      if (child.pid) signalProcess(child.pid, 'SIGTERM');
      throw options.signal.reason;
    }
    if (ended !== undefined) throw await failure(layout, `dockerd did not start (${ended})`);
    if (Date.now() > deadline) {
      if (child.pid) signalProcess(child.pid, 'SIGKILL');
      throw await failure(layout, `dockerd did not answer within ${options.timeoutMs / 1000} s`);
    }
    await delay(50);
  }
  child.removeAllListeners();
}

/** Does the engine answer on its socket? */
export async function answers(layout: Layout): Promise<boolean> {
  if (!existsSync(layout.socket)) return false;
  try {
    await new Docker({ host: '', socketPath: layout.socket, timeout: 5_000 }).ping();
    return true;
  } catch {
    return false;
  }
}

async function failure(layout: Layout, message: string): Promise<LabError> {
  const log = await readFile(layout.log, 'utf8').catch(() => '');
  if (/no space left on device/i.test(log)) return diskFault(layout.home);
  return new LabError({
    code: 'ENGINE_FAILED',
    message,
    hint: `the whole log is ${layout.log}; an installed Docker engine is used instead of the lab's own when it answers`,
    detail: log.trim().split('\n').slice(-20).join('\n'),
  });
}
