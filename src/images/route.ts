// Choosing the plan: one whose images are all there already needs no registry to be asked.
import type Docker from 'dockerode';
import type { ImageDescriptor } from './descriptor.ts';
import { type NamingContext, nameOf } from './hash.ts';
import type { Inventory } from './inventory.ts';
import { type ImagesConfig, type Plan, type PlanEntry, planImages, type Reachable, registriesOf } from './plan.ts';
import { probeRegistries } from './reachability.ts';

/** A plan, and what it assumed of the registries. */
export interface Route {
  readonly plan: Plan;
  readonly reachable: Reachable;
}

export interface RouteContext extends NamingContext {
  readonly api: Docker;
  readonly signal: AbortSignal;
}

/**
 * With `auto`, the plan depends on which registries answer. When the engine holds every image of the plan for "all
 * answer", or for "none answers", that plan is it; otherwise the registries are asked, once.
 */
export async function chooseRoute(
  context: RouteContext,
  descriptors: readonly ImageDescriptor[],
  images: ImagesConfig,
  inventory: Inventory,
): Promise<Route> {
  const route = (reachable: Reachable): Route => ({ plan: planImages(descriptors, images, reachable), reachable });
  if (images.source !== 'auto') return route(() => false);
  for (const answer of [true, false]) {
    const candidate = route(() => answer);
    if (await isThere(candidate.plan, descriptors, inventory, context)) {
      return { ...candidate, plan: asBefore(candidate.plan, descriptors) };
    }
  }
  return route(await probeRegistries(context.api, registriesOf(descriptors, images), context.signal));
}

async function isThere(
  plan: Plan,
  descriptors: readonly ImageDescriptor[],
  inventory: Inventory,
  context: NamingContext,
): Promise<boolean> {
  const names = await Promise.all(descriptors.map((descriptor) => nameOf(plan, descriptor.name, context)));
  return names.every((naming) => naming !== undefined && inventory.find(naming.reference) !== undefined);
}

/** No registry was asked, so none is given as the reason. */
function asBefore(plan: Plan, descriptors: readonly ImageDescriptor[]): Plan {
  const both = new Set(descriptors.filter(({ pull, build }) => pull && build).map(({ name }) => name));
  const remembered = (entry: PlanEntry): PlanEntry => {
    if (entry.action === 'pull') return { ...entry, why: 'pulled before' };
    return entry.action === 'build' && both.has(entry.name) ? { ...entry, why: 'built before' } : entry;
  };
  return new Map([...plan].map(([name, entry]) => [name, remembered(entry)]));
}
