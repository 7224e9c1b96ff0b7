// What an engine changes on its host: processes, mounts and links, to prove that nothing is left. (Packet filter rules need
// the engine's own iptables to be seen: test/full/engine.test.ts compares them.)
import { readFile } from 'node:fs/promises';
import { realHost } from '../../src/host.ts';

export interface HostState {
  readonly daemons: readonly string[];
  readonly mounts: readonly string[];
  readonly links: readonly string[];
}

/** The state as it is now, sorted. */
export async function hostState(): Promise<HostState> {
  const { run } = realHost();
  const output = async (command: string, args: readonly string[]): Promise<readonly string[]> =>
    (await run(command, args)).stdout.trim().split('\n');
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  return {
    // a zombie is dead already, and waits for whoever reaps it
    daemons: (await output('ps', ['-eo', 'stat,comm'])).filter((line) => /^[^Z]\S* +(dockerd|containerd)/.test(line)),
    mounts: mounts.sort(),
    links: (await output('ip', ['-o', 'link'])).map((line) => line.split(': ')[1]?.split('@')[0] ?? '').sort(),
  };
}
