// Which kind of iptables this kernel takes, tried in a network namespace of its own so that nothing here changes.
import type { Host } from '../../host.ts';
import { type Iptables, type Unpacked, unpackedEnv } from './unpack.ts';

export interface Firewall {
  /** none: published ports still work on 127.0.0.1, networks are not isolated from each other */
  readonly iptables: Iptables | 'none';
  /** containers can reach addresses outside of the machine */
  readonly masquerade: boolean;
}

/** What Docker's rules need: user-defined chains, local addresses, destination rewriting. */
const rules = [
  'iptables -t filter -N LAB',
  'iptables -t filter -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  'iptables -t nat -A OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT',
  'iptables -t nat -A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.2:1',
].join(' && ');

/** Tries nft, then legacy. */
export async function probeFirewall(host: Host, unpacked: Unpacked): Promise<Firewall> {
  for (const iptables of ['nft', 'legacy'] as const) {
    const env = await unpackedEnv(unpacked, host, iptables);
    const apply = async (commands: string): Promise<boolean> =>
      (await host.run('unshare', ['--net', 'sh', '-c', commands], { env })).exitCode === 0;
    if (!(await apply(rules))) continue;
    return { iptables, masquerade: await apply('iptables -t nat -A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE') };
  }
  return { iptables: 'none', masquerade: false };
}
