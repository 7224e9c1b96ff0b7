// Does a container registry answer? Asked through the engine, which is who pulls and knows its proxies and mirrors.
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Reachable } from './plan.ts';
import { unreachable } from './pull-fault.ts';

/**
 * Asks each registry for one of its images, all at once.
 * @param references one reference for each registry (undefined: the engine's default one)
 * @param timeoutMs after which a registry counts as silent
 */
export async function probeRegistries(
  api: Docker,
  references: ReadonlyMap<string | undefined, string>,
  signal: AbortSignal,
  timeoutMs = 2_500,
): Promise<Reachable> {
  const probes = [...references].map(async ([registry, reference]) => {
    const answer = await Promise.race([answers(api, reference), afterMs(timeoutMs, signal)]);
    return [registry, answer] as const;
  });
  const known = new Map(await Promise.all(probes));
  signal.throwIfAborted();
  return (registry) => known.get(registry) ?? false;
}

async function answers(api: Docker, reference: string): Promise<boolean> {
  try {
    await api.getImage(reference).distribution();
    return true;
  } catch (error) {
    // a refusal is an answer too
    return !unreachable.test(error instanceof Error ? error.message : String(error));
  }
}

/** Silence until then counts as no answer; a Ctrl-C ends the wait. */
async function afterMs(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  await setTimeout(timeoutMs, undefined, { signal, ref: false }).catch(() => undefined);
  return false;
}
