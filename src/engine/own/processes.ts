// Which processes belong to an engine, read from /proc. Pid files are never believed: pids are used again.
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Layout } from './layout.ts';

export interface HostProcess {
  readonly pid: number;
  readonly command: readonly string[];
  /** network namespace, e.g. net:[4026531840]; empty when it may not be read */
  readonly network: string;
  /** lines of /proc/<pid>/cgroup */
  readonly cgroups: string;
}

/** Every process that is alive (a zombie is not). */
export async function hostProcesses(): Promise<readonly HostProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(readProcess));
  return all.filter((process) => process !== undefined);
}

async function readProcess(pid: number): Promise<HostProcess | undefined> {
  const folder = `/proc/${pid}`;
  try {
    const [stat, cmdline, cgroups] = await Promise.all([
      readFile(`${folder}/stat`, 'utf8'),
      readFile(`${folder}/cmdline`, 'utf8'),
      readFile(`${folder}/cgroup`, 'utf8').catch(() => ''),
    ]);
    // The state follows the name, which is in brackets and may itself hold brackets and spaces.
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if (state === 'Z' || state === 'X') return undefined;
    const network = await readlink(`${folder}/ns/net`).catch(() => '');
    return { pid, command: cmdline.split('\0').slice(0, -1), network, cgroups };
  } catch {
    return undefined;
  }
}

const program = (process: HostProcess): string => path.basename(process.command[0] ?? '');

/** Is it this engine's dockerd? */
export function isOwnDaemon(layout: Layout, process: HostProcess): boolean {
  return program(process) === 'dockerd' && process.command.includes(layout.pidFile);
}

/** The parts of an engine that outlive a killed dockerd: containerd, its shims, port proxies. */
const helpers = /^(containerd|containerd-shim.*|docker-proxy|runc)$/;

/**
 * All processes of this engine: the daemon, its helpers (which name its runtime folder or come from its unpacked
 * packages) and whatever runs inside its containers (which are told by container id in the cgroup's name).
 */
export function ownProcesses(
  layout: Layout,
  processes: readonly HostProcess[],
  containerIds: ReadonlySet<string>,
): readonly HostProcess[] {
  return processes.filter((process) => {
    if (isOwnDaemon(layout, process)) return true;
    if (helpers.test(program(process))) {
      const named = process.command.some((word) => word.startsWith(`${layout.runtime}/`));
      if (named || process.command[0]?.startsWith(`${layout.home}/`)) return true;
    }
    return (process.cgroups.match(/[0-9a-f]{64}/g) ?? []).some((id) => containerIds.has(id));
  });
}

/** Docker daemons of somebody else in the same network namespace: they share iptables chains with any other. */
export function foreignDaemons(
  layout: Layout,
  processes: readonly HostProcess[],
  ownPid: number = process.pid,
): readonly HostProcess[] {
  const here = processes.find(({ pid }) => pid === ownPid)?.network;
  return processes.filter(
    (candidate) =>
      program(candidate) === 'dockerd' && !isOwnDaemon(layout, candidate) && here !== '' && candidate.network === here,
  );
}

/** Ids of the containers that the data folder knows. */
export async function containerIds(layout: Layout): Promise<ReadonlySet<string>> {
  const names = await readdir(path.join(layout.data, 'containers')).catch(() => []);
  return new Set(names.filter((name) => /^[0-9a-f]{64}$/.test(name)));
}

/** Kills this engine's processes until none is left; returns those that would not go within timeoutMs. */
export async function killOwnProcesses(layout: Layout, timeoutMs = 15_000): Promise<readonly HostProcess[]> {
  const ids = await containerIds(layout);
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const left = ownProcesses(layout, await hostProcesses(), ids);
    if (left.length === 0 || Date.now() > deadline) return left;
    for (const { pid } of left) signalProcess(pid, 'SIGKILL');
    await delay(50);
  }
}

/** Sends a signal; a process that is gone already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
