// What the engine's start changed on this machine, written down before it is changed, so that a stop can undo it.
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Layout } from './layout.ts';

const schema = z.strictObject({
  /** of the boot that the other values belong to */
  bootId: z.string(),
  iptables: z.enum(['nft', 'legacy']),
  /** the kernel's net.ipv4.ip_forward before the start */
  ipForward: z.enum(['0', '1']),
  forwardPolicy: z.enum(['ACCEPT', 'DROP']),
  version: z.string(),
});

export type EngineState = Readonly<z.output<typeof schema>>;

/** The state left by the last start; undefined when there is none, when it is damaged, or from before a reboot. */
export function readState(layout: Layout): EngineState | undefined {
  try {
    const state = schema.parse(JSON.parse(readFileSync(layout.stateFile, 'utf8')));
    return state.bootId === bootId() ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the state whole or not at all. */
export async function writeState(layout: Layout, state: EngineState): Promise<void> {
  await mkdir(path.dirname(layout.stateFile), { recursive: true, mode: 0o711 });
  await writeFile(`${layout.stateFile}.new`, JSON.stringify(state, null, 2));
  await rename(`${layout.stateFile}.new`, layout.stateFile);
}

/** Differs from boot to boot. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
