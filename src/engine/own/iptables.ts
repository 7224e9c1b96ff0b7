// Undoes what a Docker engine leaves in iptables, as input for `iptables-restore --noflush`: one atomic change per
// table that touches nothing else.

/** What an engine made, by which its rules are told from everybody else's. */
export interface Traces {
  /** names of its bridges */
  readonly bridges: readonly string[];
  /** policy of the FORWARD chain before the engine came, where it is to be restored */
  readonly forwardPolicy?: 'ACCEPT' | 'DROP';
  /** another engine uses Docker's chains too: only rules that name these bridges go */
  readonly shared: boolean;
}

/** Chains that only Docker makes. Its rules in the built-in chains jump to them or name its bridges. */
const dockerChain = /^DOCKER(-[A-Z0-9-]+)?$/;

/**
 * The commands that remove Docker's chains and rules from this output of `iptables-save`; undefined when there is
 * nothing to remove.
 */
export function undoRules(saved: string, traces: Traces): string | undefined {
  const output: string[] = [];
  for (const table of saved.split(/^COMMIT$/m)) {
    const lines = table.split('\n').filter((line) => line && !line.startsWith('#'));
    const name = lines.find((line) => line.startsWith('*'));
    if (!name) continue;
    const commands = undoTable(lines, traces);
    if (commands.length > 0) output.push(name, ...commands, 'COMMIT');
  }
  return output.length > 0 ? `${output.join('\n')}\n` : undefined;
}

function undoTable(lines: readonly string[], traces: Traces): readonly string[] {
  const docker = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []).filter((chain) => dockerChain.test(chain));
  const chains = traces.shared ? [] : docker;
  const rules = lines.filter((line) => line.startsWith('-A ') && !chains.includes(line.split(' ')[1] ?? ''));
  const own = rules.filter((rule) => mentions(rule, chains, traces.bridges));
  const forward = lines.find((line) => line.startsWith(':FORWARD '));
  const policy =
    traces.forwardPolicy && forward && !forward.startsWith(`:FORWARD ${traces.forwardPolicy} `)
      ? [`:FORWARD ${traces.forwardPolicy} [0:0]`]
      : [];
  return [
    ...policy,
    ...own.map((rule) => `-D${rule.slice(2)}`),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
  ];
}

function mentions(rule: string, chains: readonly string[], bridges: readonly string[]): boolean {
  const words = rule.split(' ');
  return words.some((word, index) => {
    const before = words[index - 1];
    if (before === '-j' || before === '-g') return chains.includes(word);
    return (before === '-i' || before === '-o') && bridges.includes(word);
  });
}

/** The policy of the FORWARD chain in the output of `iptables-save`; ACCEPT when there is no filter table. */
export function forwardPolicy(saved: string): 'ACCEPT' | 'DROP' {
  return /^:FORWARD DROP /m.test(saved) ? 'DROP' : 'ACCEPT';
}
