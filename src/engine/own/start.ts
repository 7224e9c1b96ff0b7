// Starts the lab's own engine: Debian's Docker, unpacked, with everything of its own, recovering from whatever an
// earlier one left behind.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '../../errors.ts';
import type { EngineDeps } from '../deps.ts';
import { withLock } from '../lock.ts';
import { chooseAddresses, parseRoutes } from './addresses.ts';
import { cleanLeftovers, ipForwardFile } from './clean.ts';
import { answers, daemonArguments, openFiles, startDaemon, storageDriver } from './daemon.ts';
import { probeFirewall } from './firewall.ts';
import { forwardPolicy } from './iptables.ts';
import { engineLayout, type Layout } from './layout.ts';
import { createBridge } from './links.ts';
import { foreignDaemons, hostProcesses, isOwnDaemon } from './processes.ts';
import { bootId, writeState } from './state.ts';
import { ensureUnpacked, linkUnpacked, type Unpacked, unpackedEnv } from './unpack.ts';

/**
 * Makes sure that the lab's own engine runs, and returns where. Idempotent, and safe to be called twice at once.
 * Needs Linux, root and apt: see `ownEngineObstacle`. Errors: ENGINE_MISSING, ENGINE_CONFLICT, ENGINE_DOWNLOAD,
 * ENGINE_FAILED, NO_DISK_SPACE.
 */
export async function startOwnEngine(deps: EngineDeps): Promise<Layout> {
  const layout = engineLayout(deps);
  await withLock(deps, layout.home, 'engine', async () => {
    if (await alreadyRuns(layout)) return;
    await refuseConflict(layout);
    const unpacked = await ensureUnpacked(deps, layout);
    await recover(deps, layout);
    deps.onProgress?.(`starting Docker ${unpacked.version}`);
    try {
      await start(deps, layout, unpacked);
    } catch (error) {
      await cleanLeftovers(deps, layout);
      throw error;
    }
  });
  return layout;
}

/** An engine that a killed command left starting gets the time to finish; one that hangs is as good as dead. */
async function alreadyRuns(layout: Layout): Promise<boolean> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (await answers(layout)) return true;
    if (!(await hostProcesses()).some((process) => isOwnDaemon(layout, process))) return false;
    await delay(200);
  }
  return false;
}

/** ENGINE_CONFLICT when somebody else's engine runs in this network namespace, where it was not found. */
export async function refuseConflict(layout: Layout): Promise<void> {
  const other = foreignDaemons(layout, await hostProcesses())[0];
  if (!other) return;
  const flag = other.command.findIndex((word) => word === '--host' || word === '-H');
  const address = flag < 0 ? undefined : other.command[flag + 1];
  throw new LabError({
    code: 'ENGINE_CONFLICT',
    message: `another Docker engine runs here (process ${other.pid}), but not where the lab looks for one; two would overwrite each other's iptables rules`,
    hint: address?.includes('://')
      ? `use it: export DOCKER_HOST=${address}`
      : 'use it: export DOCKER_HOST=unix://<its socket>, or restart it if it hangs',
  });
}

async function recover(deps: EngineDeps, layout: Layout): Promise<void> {
  const left = await cleanLeftovers(deps, layout);
  if (left.length === 0) return;
  throw new LabError({
    code: 'ENGINE_LEFTOVERS',
    message: 'an earlier engine left things that cannot be removed',
    hint: 'remove them by hand, or restart the machine',
    detail: left.join('\n'),
  });
}

async function start(deps: EngineDeps, layout: Layout, cached: Unpacked): Promise<void> {
  const { host } = deps;
  const unpacked = await linkUnpacked(layout, cached);
  const firewall = await probeFirewall(host, unpacked);
  const env = await unpackedEnv(unpacked, host, firewall.iptables);
  const addresses = chooseAddresses(parseRoutes(await readFile('/proc/net/route', 'utf8')));
  if (!addresses) {
    throw new LabError({
      code: 'ENGINE_FAILED',
      message: 'no free addresses for the engine’s networks: 10.201 to 10.254 and 172.16 to 172.31 are all routed',
      hint: 'start an engine with addresses of your own, and export DOCKER_HOST',
    });
  }
  await writeState(layout, {
    bootId: bootId(),
    version: unpacked.version,
    iptables: firewall.iptables,
    ipForward: (await readFile(ipForwardFile, 'utf8')).trim() === '0' ? '0' : '1',
    forwardPolicy: forwardPolicy((await host.run('iptables-save', ['-t', 'filter'], { env })).stdout),
  });
  const fault = await createBridge(host, layout.bridge, addresses.bridge, { env });
  if (fault) {
    throw new LabError({
      code: 'ENGINE_FAILED',
      message: 'the engine’s network bridge cannot be made',
      hint: 'the lab’s own engine needs the right to change network interfaces: in a container, run it privileged',
      detail: fault,
    });
  }
  const args = daemonArguments(layout, unpacked, {
    firewall,
    addresses,
    storageDriver: await storageDriver(layout),
    openFiles: await openFiles(),
  });
  const program = path.join(unpacked.root, 'usr/sbin/dockerd');
  await startDaemon(layout, program, args, { ...host.env, ...env }, { timeoutMs: 60_000, signal: deps.signal });
}
