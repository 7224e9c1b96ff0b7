// What an engine changes on its host: processes, mounts, links and packet filter rules, to prove that nothing is left.
import { readFile } from 'node:fs/promises';
import { realHost } from '../../src/host.ts';

export interface HostState {
  readonly daemons: readonly string[];
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  readonly rules: readonly string[];
}

/** The state, less what changes by itself; iptables' counters and comments are left out. */
export async function hostState(): Promise<HostState> {
  const { run } = realHost();
  const output = async (command: string, args: readonly string[]): Promise<readonly string[]> =>
    (await run(command, args)).stdout.trim().split('\n');
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  const rules = (await output('iptables-save', [])).filter((line) => /^(-A|:)/.test(line));
  return {
    // a zombie is dead already, and waits for whoever reaps it
    daemons: (await output('ps', ['-eo', 'stat,comm'])).filter((line) => /^[^Z]\S* +(dockerd|containerd)/.test(line)),
    mounts: mounts.sort(),
    links: (await output('ip', ['-o', 'link'])).map((line) => line.split(': ')[1]?.split('@')[0] ?? '').sort(),
    rules: rules.map((line) => line.replace(/\[\d+:\d+\]/, '')).sort(),
  };
}
