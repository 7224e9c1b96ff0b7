// From descriptors to images that the engine holds: what is there is used, the rest is pulled or built, all at once.
import pLimit from 'p-limit';
import { LabError } from '../errors.ts';
import type { ImageDescriptor, MissingImage, ResolvedImage } from './descriptor.ts';
import { readInventory } from './inventory.ts';
import type { ImagesConfig } from './plan.ts';
import { chooseRoute } from './route.ts';
import { goArchitecture, type ImageDeps, ImageWork } from './work.ts';

export type { ImageDeps };

export interface ResolveOptions {
  /** an image that cannot be had is an error */
  readonly requireAll?: boolean;
}

export interface Resolution {
  readonly images: readonly ResolvedImage[];
  readonly missing: readonly MissingImage[];
}

/** Downloads that run at once. */
const downloads = 4;

/**
 * Makes sure that the engine holds the images. Each is returned once, however often it was asked for; bases are not.
 * Fails with IMAGE_UNAVAILABLE (requireAll), IMAGE_BUILD_FAILED, NO_DISK_SPACE, the codes of pull-fault.ts (when
 * nothing can be built instead) and those of the artifacts; the first failure ends all other work.
 */
export async function resolveImages(
  deps: ImageDeps,
  wanted: readonly ImageDescriptor[],
  images: ImagesConfig,
  options: ResolveOptions = {},
): Promise<Resolution> {
  const descriptors = [...new Map(wanted.map((descriptor) => [descriptor.name, descriptor])).values()];
  const stop = new AbortController();
  const signal = AbortSignal.any([deps.signal, stop.signal]);
  const { api, facts } = deps.engine;
  const inventory = await readInventory(api);
  const context = { api, signal, project: deps.paths.project, architecture: goArchitecture(facts.architecture) };
  const route = await chooseRoute(context, descriptors, images, inventory);
  // compilers and builds use more than one processor each
  const busy = Math.max(1, Math.floor(facts.cpus / 2));
  const turns = { network: pLimit(downloads), processors: pLimit(busy), builds: pLimit(busy + 1) };
  const work = new ImageWork({ ...deps, signal }, route, images, inventory, turns);
  const outcomes = await Promise.allSettled(
    descriptors.map(async (descriptor) => {
      try {
        return await work.resolve(descriptor);
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    }),
  );
  deps.signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  const resolved = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const missing = resolved.filter((image) => image.source === 'missing');
  if (options.requireAll && missing[0]) throw unavailable(missing);
  return { images: resolved.filter((image) => image.source !== 'missing'), missing };
}

function unavailable(missing: readonly MissingImage[]): LabError {
  return new LabError({
    code: 'IMAGE_UNAVAILABLE',
    message: `${missing.map((image) => image.name).join(', ')}: neither pullable nor buildable here`,
    hint: 'give the engine a registry (images.mirror in lab.yaml), name an image in images.overrides, or go without: leave out --require-all',
    detail: missing.map((image) => `${image.name}: ${image.why}`).join('\n'),
  });
}
