// Stops the lab's own engine, in order, and leaves nothing of it but its data in the cache folder.
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineDeps } from '../deps.ts';
import { withLock } from '../lock.ts';
import { cleanLeftovers } from './clean.ts';
import { engineLayout, type Layout } from './layout.ts';
import { hostProcesses, isOwnDaemon, signalProcess } from './processes.ts';

export interface Stopped {
  /** did it run */
  readonly ran: boolean;
  /** what could not be removed, a line each */
  readonly left: readonly string[];
}

/** Stops containers, dockerd and containerd, then removes mounts, bridges, iptables rules and the runtime folder. */
export async function stopOwnEngine(deps: EngineDeps): Promise<Stopped> {
  const layout = engineLayout(deps);
  return withLock(deps, layout.home, 'engine', async () => {
    const daemons = (await hostProcesses()).filter((process) => isOwnDaemon(layout, process));
    if (daemons.length > 0) deps.onProgress?.('stopping Docker');
    // dockerd stops its containers, each with its own grace period, and its containerd.
    for (const { pid } of daemons) signalProcess(pid, 'SIGTERM');
    await gone(layout, 45_000);
    return { ran: daemons.length > 0, left: await cleanLeftovers(deps, layout) };
  });
}

async function gone(layout: Layout, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!(await hostProcesses()).some((process) => isOwnDaemon(layout, process))) return;
    await delay(50);
  }
}
