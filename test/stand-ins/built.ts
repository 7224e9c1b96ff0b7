// Images as the lab would build them where no registry answers, for tests on a real engine.
import type Docker from 'dockerode';
import { startEngine } from '../../src/engine/ensure.ts';
import { goToolchain } from '../../src/engine/go.ts';
import { realHost } from '../../src/host.ts';
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { resolveImages } from '../../src/images/resolve.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';

export interface BuiltImages {
  readonly api: Docker;
  /** reference by image name */
  readonly references: ReadonlyMap<string, string>;
}

/** Builds what is not there yet; the same cache as the lab's own. */
export async function buildImages(images: readonly ImageDescriptor[]): Promise<BuiltImages> {
  const deps = { host: realHost(), paths: labPaths(projectRoot, process.env), signal: new AbortController().signal };
  const engine = await startEngine(deps);
  const { images: built } = await resolveImages(
    { ...deps, engine, now: Date.now, goToolchain: () => goToolchain(deps) },
    images,
    { source: 'build', overrides: {} },
    { requireAll: true },
  );
  return { api: engine.api, references: new Map(built.map(({ name, reference }) => [name, reference])) };
}

/** The reference of an image that was built. */
export function referenceOf({ references }: BuiltImages, name: string): string {
  const reference = references.get(name);
  if (reference === undefined) throw new Error(`${name} was not built`);
  return reference;
}
