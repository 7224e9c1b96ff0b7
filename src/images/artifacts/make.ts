// From an artifact's specification to its folder in the cache, by kind.
import path from 'node:path';
import type { LimitFunction } from 'p-limit';
import type { Artifact } from '../descriptor.ts';
import { explainingFullDisk } from '../disk.ts';
import { shortHash } from '../files.ts';
import type { Tell } from '../steps.ts';
import { deb } from './apt.ts';
import type { ArtifactContext, ArtifactRecipe } from './artifact.ts';
import { cachedFolder } from './cache.ts';
import { debootstrap } from './debootstrap.ts';
import { goModule, goProject } from './go.ts';
import { maven } from './maven.ts';
import { nodeBinary, npm } from './npm.ts';

/** How an artifact is made; the one place that knows every kind. */
export function recipeOf(artifact: Artifact, context: ArtifactContext): ArtifactRecipe {
  switch (artifact.kind) {
    case 'go-project':
      return goProject(artifact, context);
    case 'go-module':
      return goModule(artifact, context);
    case 'maven':
      return maven(artifact, context);
    case 'deb':
      return deb(artifact, context);
    case 'npm':
      return npm(artifact, context);
    case 'node-binary':
      return nodeBinary(artifact, context);
    case 'debootstrap':
      return debootstrap(context);
  }
}

/** A made artifact: its folder in the cache, and where it goes below `artifacts/` in a build context. */
export interface MadeArtifact {
  readonly folder: string;
  readonly into: string;
}

/** Takes turns, so that downloads overlap compilations and neither swamps the machine. */
export interface Turns {
  readonly network: LimitFunction;
  readonly processors: LimitFunction;
}

/** Shows a piece of work as a step. */
export type Announce = (title: string, work: (tell: Tell) => Promise<void>) => Promise<void>;

/** The artifact's folder, made when the cache does not have it; only real work is announced. */
export async function makeArtifact(
  artifact: Artifact,
  context: ArtifactContext,
  turns: Turns,
  announce: Announce,
): Promise<MadeArtifact> {
  const recipe = recipeOf(artifact, context);
  const name = `${artifact.kind}-${shortHash(await recipe.key())}`;
  const make = async (target: string): Promise<void> => {
    const { fetch } = recipe;
    if (fetch) await turns.network(() => announce(`${recipe.title}: modules`, (tell) => fetch(target, tell)));
    await turns[recipe.load](() => announce(recipe.title, (tell) => recipe.make(target, tell)));
  };
  const explained = (target: string): Promise<void> => explainingFullDisk(target, recipe.title, () => make(target));
  const folder = await cachedFolder(path.join(context.paths.cache, 'artifacts'), name, explained, context.signal);
  return { folder, into: recipe.into };
}
