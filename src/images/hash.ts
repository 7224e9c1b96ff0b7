// What an image is called; of a built one, the same for the same recipe, files, base and platform on every machine.
import path from 'node:path';
import type { ImageBuild } from './descriptor.ts';
import { fingerprint, listFiles, shortHash } from './files.ts';
import type { Plan } from './plan.ts';

/** A planned image's name for the engine and, of one that is built, its content key. */
export interface Naming {
  readonly reference: string;
  readonly key?: string;
}

/** What decides a key besides the recipe. */
export interface NamingContext {
  /** the checkout */
  readonly project: string;
  /** the engine's, as Go names it */
  readonly architecture: string;
}

/** How the planned image is called; undefined for a missing one, or one whose base is missing. */
export async function nameOf(plan: Plan, name: string, context: NamingContext): Promise<Naming | undefined> {
  const entry = plan.get(name);
  if (entry === undefined || entry.action === 'missing') return undefined;
  if (entry.action !== 'build') return { reference: entry.reference };
  const { build } = entry;
  const base = build.base && (await nameOf(plan, build.base.name, context));
  if (build.base && !base) return undefined;
  const key = await buildKey(context, build, base?.key ?? base?.reference);
  return { reference: `kafka-load-lab/${name}:${build.version}-${key}`, key };
}

/**
 * 12 hex digits over everything that decides a build's content. `base` identifies the base image: the reference of a
 * pulled one, the key of a built one. What package registries deliver for a pinned version is taken as constant.
 */
export async function buildKey(
  { project, architecture }: NamingContext,
  build: ImageBuild,
  base: string | undefined,
): Promise<string> {
  const { base: _descriptor, ...recipe } = build;
  const folders = [
    build.folder,
    ...(build.include ?? []),
    ...build.artifacts.flatMap((artifact) => (artifact.kind === 'npm' ? [artifact.folder] : [])),
  ];
  const files = await Promise.all(
    folders.map(async (folder) => {
      const full = path.join(project, folder);
      return [folder, await fingerprint(full, await listFiles(full))];
    }),
  );
  return shortHash({ recipe, base, architecture, files });
}
