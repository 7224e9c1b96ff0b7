// Removes what an engine of this cache folder left on the machine, however it ended. Stop and start both use it, so
// a killed engine is recovered from by the same code that an orderly stop runs.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommandOptions } from '../../host.ts';
import type { EngineDeps } from '../deps.ts';
import { undoRules } from './iptables.ts';
import type { Layout } from './layout.ts';
import { deleteBridges, ownBridges } from './links.ts';
import { unmountBelow } from './mounts.ts';
import { containerIds, foreignDaemons, hostProcesses, killOwnProcesses } from './processes.ts';
import { type EngineState, readState } from './state.ts';
import { findUnpacked, unpackedEnv } from './unpack.ts';

export const ipForwardFile = '/proc/sys/net/ipv4/ip_forward';

/**
 * Kills the engine's processes and removes its mounts, bridges, iptables rules and runtime folder; restores what the
 * start changed. Images, volumes and containers stay in the data folder. Returns a line for each thing that is left.
 */
export async function cleanLeftovers(deps: EngineDeps, layout: Layout): Promise<readonly string[]> {
  const { host } = deps;
  const state = readState(layout);
  const ids = await containerIds(layout);
  const processes = await killOwnProcesses(layout);
  const mounts = await unmountBelow(host, [layout.data, layout.runtime]);
  const network = await cleanNetwork(deps, layout, state);
  await removeCgroups(ids);
  // With something still mounted in it, removing the folder would remove what is mounted.
  if (mounts.length === 0) await rm(layout.runtime, { recursive: true, force: true });
  await rmdir(path.dirname(layout.runtime)).catch(() => {}); // another cache's engine lives there
  return [
    ...processes.map(({ pid, command }) => `process ${pid} (${command.join(' ').slice(0, 80)})`),
    ...mounts.map((point) => `mount ${point}`),
    ...network,
  ];
}

async function cleanNetwork(
  deps: EngineDeps,
  layout: Layout,
  state: EngineState | undefined,
): Promise<readonly string[]> {
  const { host } = deps;
  const unpacked =
    state && existsSync(layout.root) ? { root: layout.root, version: state.version } : await findUnpacked(deps, layout);
  if (!unpacked) return [];
  const options = { env: await unpackedEnv(unpacked, host, state?.iptables) };
  const bridges = await ownBridges(host, layout, options);
  // Chains are Docker's own names, shared by all engines of a network namespace: only rules are ours then.
  const shared = foreignDaemons(layout, await hostProcesses()).length > 0;
  const left: string[] = [];
  if (state) {
    const fault = await undoIptables(deps, bridges, shared, state, options);
    if (fault) left.push(fault);
  }
  if (state?.ipForward === '0' && !shared) await writeFile(ipForwardFile, state.ipForward);
  left.push(...(await deleteBridges(host, bridges, options)).map((name) => `bridge ${name}`));
  return left;
}

async function undoIptables(
  deps: EngineDeps,
  bridges: readonly string[],
  shared: boolean,
  state: EngineState,
  options: CommandOptions,
): Promise<string | undefined> {
  const saved = await deps.host.run('iptables-save', [], options);
  const input = undoRules(saved.stdout, { bridges, shared, ...(shared ? {} : { forwardPolicy: state.forwardPolicy }) });
  if (input === undefined) return undefined;
  const restored = await deps.host.run('iptables-restore', ['--noflush'], { ...options, input });
  return restored.exitCode === 0 ? undefined : `iptables rules (${restored.stderr.trim()})`;
}

/** Empty control groups of killed containers; the kernel refuses to remove one that is in use. */
async function removeCgroups(ids: ReadonlySet<string>): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '');
  for (const mount of mounts) {
    const parent = path.join(mount, 'docker');
    const names = (await readdir(parent).catch(() => [])).filter((name) => ids.has(name));
    for (const name of names) await rmdir(path.join(parent, name)).catch(() => {});
  }
}
