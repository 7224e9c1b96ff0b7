// What a machine looks like to someone who asks whether an engine left anything on it.
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { engineLayout } from '../../src/engine/own/layout.ts';
import { mountsBelow } from '../../src/engine/own/mounts.ts';
import { containerIds, hostProcesses, ownProcesses } from '../../src/engine/own/processes.ts';
import { findUnpacked, unpackedEnv } from '../../src/engine/own/unpack.ts';

export interface Machine {
  /** of this engine and its containers */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  /** chains with their policies, and rules; packet counters left out */
  readonly iptables: readonly string[];
  readonly ipForward: string;
}

/** Everything of this machine that an engine may change; needs the unpacked engine's iptables. */
export async function lookAtMachine(deps: EngineDeps): Promise<Machine> {
  const layout = engineLayout(deps);
  const unpacked = await findUnpacked(deps, layout);
  if (!unpacked) throw new Error('no unpacked engine to look with');
  // iptables looks for its modules under at most 255 characters.
  const link = path.join(await mkdtemp(path.join(tmpdir(), 'lab-look-')), 'root');
  await symlink(unpacked.root, link);
  const env = await unpackedEnv({ ...unpacked, root: link }, deps.host);
  const links = await deps.host.run('ip', ['-o', 'link', 'show'], { env });
  const saved = await deps.host.run('iptables-save', [], { env });
  await rm(path.dirname(link), { recursive: true });
  if (links.exitCode !== 0 || saved.exitCode !== 0) throw new Error(`cannot look: ${links.stderr}${saved.stderr}`);
  return {
    processes: ownProcesses(layout, await hostProcesses(), await containerIds(layout)).map(({ command }) =>
      command.join(' '),
    ),
    mounts: mountsBelow(await readFile('/proc/self/mountinfo', 'utf8'), [layout.home, layout.runtime]),
    links: links.stdout.split('\n').map((line) => line.split(': ')[1] ?? ''),
    iptables: saved.stdout
      .split('\n')
      // An empty built-in chain comes with the table that somebody looked into.
      .filter((line) => /^(:|-A)/.test(line) && !/^:(INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING) ACCEPT/.test(line))
      .map((line) => line.replace(/\[\d+:\d+\]/, '')),
    ipForward: (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim(),
  };
}
