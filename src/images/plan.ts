// What to do for each image, decided before anything is done: override, pull, build, or go without. Pure.
import type { Config } from '../config/schema.ts';
import type { ImageBuild, ImageDescriptor } from './descriptor.ts';
import { pullReference, registryName, registryOf } from './reference.ts';

export type ImagesConfig = Config['images'];

/** Does this registry (undefined: the engine's default one) answer? */
export type Reachable = (registry: string | undefined) => boolean;

interface Entry {
  readonly name: string;
  /** one sentence: why this way */
  readonly why: string;
}

export type PlanEntry =
  | (Entry & { readonly action: 'override'; readonly reference: string })
  /** `fallback`: what to build when the pull fails */
  | (Entry & { readonly action: 'pull'; readonly reference: string; readonly fallback?: ImageBuild })
  | (Entry & { readonly action: 'build'; readonly build: ImageBuild })
  | (Entry & { readonly action: 'missing' });

/** By image name, each base before what is built from it. */
export type Plan = ReadonlyMap<string, PlanEntry>;

/** `images` of the configuration, with another k6 image as one more override. */
export function imagesConfig(config: Config): ImagesConfig {
  const { image } = config.k6;
  if (image === undefined) return config.images;
  return { ...config.images, overrides: { k6: image, ...config.images.overrides } };
}

/** Entries for the descriptors and for the bases that those are built from. */
export function planImages(descriptors: readonly ImageDescriptor[], images: ImagesConfig, reachable: Reachable): Plan {
  const plan = new Map<string, PlanEntry>();
  const visit = (descriptor: ImageDescriptor): void => {
    if (plan.has(descriptor.name)) return;
    const entry = planImage(descriptor, images, reachable);
    if (entry.action === 'build' && entry.build.base) visit(entry.build.base);
    plan.set(descriptor.name, entry);
  };
  for (const descriptor of descriptors) visit(descriptor);
  return plan;
}

/** The entry of one image; a base is planned like any other image. */
export function planImage(descriptor: ImageDescriptor, images: ImagesConfig, reachable: Reachable): PlanEntry {
  const { name, pull, build } = descriptor;
  const override = images.overrides[name];
  if (override !== undefined) return { name, action: 'override', reference: override, why: 'set in lab.yaml' };
  if (pull === undefined) {
    if (build === undefined) return { name, action: 'missing', why: 'it can be neither pulled nor built' };
    return { name, action: 'build', build, why: 'always built: no registry has it' };
  }
  const reference = pullReference(pull, images.mirror);
  const registry = registryOf(reference);
  if (images.source === 'pull') return { name, action: 'pull', reference, why: 'images.source is pull' };
  if (images.source === 'build') {
    if (build) return { name, action: 'build', build, why: 'images.source is build' };
    return { name, action: 'missing', why: withReason('images.source is build', descriptor) };
  }
  if (reachable(registry)) {
    const why = `${registryName(registry)} answers`;
    return { name, action: 'pull', reference, why, ...(build ? { fallback: build } : {}) };
  }
  const silence = `${registryName(registry)} does not answer`;
  if (build) return { name, action: 'build', build, why: silence };
  return { name, action: 'missing', why: withReason(silence, descriptor) };
}

/** Registries that a plan may have to ask, for the probe: one reference of each. */
export function registriesOf(
  descriptors: readonly ImageDescriptor[],
  images: ImagesConfig,
): ReadonlyMap<string | undefined, string> {
  const references = new Map<string | undefined, string>();
  const visit = (descriptor: ImageDescriptor): void => {
    if (images.overrides[descriptor.name] !== undefined) return;
    if (descriptor.pull) {
      const reference = pullReference(descriptor.pull, images.mirror);
      if (!references.has(registryOf(reference))) references.set(registryOf(reference), reference);
    }
    if (descriptor.build?.base) visit(descriptor.build.base);
  };
  for (const descriptor of descriptors) visit(descriptor);
  return references;
}

function withReason(reason: string, descriptor: ImageDescriptor): string {
  return `${reason}; ${descriptor.onlyPulled ?? `${descriptor.name} can only be pulled`}`;
}
