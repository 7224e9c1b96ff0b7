// Which kind of iptables this kernel takes, tried in a network namespace of its own so that nothing here changes.
import { LabError } from '../../errors.ts';
import type { CommandResult, Host } from '../../host.ts';
import { type Iptables, type Unpacked, unpackedEnv } from './unpack.ts';

export interface Firewall {
  readonly iptables: Iptables;
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

/** Tries nft, then legacy. ENGINE_FAILED when the kernel takes neither: containers find each other's names through it. */
export async function probeFirewall(host: Host, unpacked: Unpacked): Promise<Firewall> {
  const said: string[] = [];
  for (const iptables of ['nft', 'legacy'] as const) {
    const env = await unpackedEnv(unpacked, host, iptables);
    const apply = (commands: string): Promise<CommandResult> =>
      host.run('unshare', ['--net', 'sh', '-c', commands], { env });
    const applied = await apply(rules);
    if (applied.exitCode === 0) {
      const masquerade = await apply('iptables -t nat -A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE');
      return { iptables, masquerade: masquerade.exitCode === 0 };
    }
    said.push(`${iptables}: ${applied.stderr.trim()}`);
  }
  throw new LabError({
    code: 'ENGINE_FAILED',
    message: 'the lab’s own engine needs iptables, which does not work here',
    hint: 'in a container, run it privileged; otherwise the kernel needs nf_tables or ip_tables with nat: modprobe iptable_nat',
    detail: said.join('\n'),
  });
}
