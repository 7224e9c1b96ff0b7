// The network interfaces of the engine: its default bridge, one bridge per network, and what is plugged into them.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommandOptions, Host } from '../../host.ts';
import type { Layout } from './layout.ts';

interface Link {
  readonly ifname: string;
  /** the bridge that it is plugged into */
  readonly master?: string;
}

async function links(host: Host, options: CommandOptions): Promise<readonly Link[]> {
  const result = await host.run('ip', ['-j', 'link', 'show'], options);
  return result.exitCode === 0 ? (JSON.parse(result.stdout || '[]') as readonly Link[]) : [];
}

/** Names of this engine's bridges on this machine: its own, and br-<id> for every network that its data knows. */
export async function ownBridges(host: Host, layout: Layout, options: CommandOptions): Promise<readonly string[]> {
  // A key-value store in which the networks' ids are readable text.
  const store = await readFile(path.join(layout.data, 'network/files/local-kv.db'), 'latin1').catch(() => '');
  const networks = new Set((store.match(/[0-9a-f]{64}/g) ?? []).map((id) => `br-${id.slice(0, 12)}`));
  const all = await links(host, options);
  return all.map(({ ifname }) => ifname).filter((name) => name === layout.bridge || networks.has(name));
}

/** Deletes bridges, and the interfaces plugged into them; returns the bridges that would not go. */
export async function deleteBridges(
  host: Host,
  bridges: readonly string[],
  options: CommandOptions,
): Promise<readonly string[]> {
  const ports = (await links(host, options)).filter(({ master }) => master && bridges.includes(master));
  for (const name of [...ports.map(({ ifname }) => ifname), ...bridges]) {
    await host.run('ip', ['link', 'delete', name], options);
  }
  const left = (await links(host, options)).map(({ ifname }) => ifname);
  return bridges.filter((name) => left.includes(name));
}

/** Makes the default bridge. */
export async function createBridge(
  host: Host,
  name: string,
  address: string,
  options: CommandOptions,
): Promise<string | undefined> {
  for (const args of [
    ['link', 'add', name, 'type', 'bridge'],
    ['address', 'add', address, 'dev', name],
    ['link', 'set', name, 'up'],
  ]) {
    const result = await host.run('ip', args, options);
    if (result.exitCode !== 0) return `ip ${args.join(' ')}: ${result.stderr.trim()}`;
  }
  return undefined;
}
