// The images that the engine holds, by everything that they may be called.
import type Docker from 'dockerode';
import { splitReference } from './reference.ts';

export interface HeldImage {
  /** sha256:… */
  readonly id: string;
  readonly sizeBytes: number;
}

export interface Inventory {
  readonly find: (reference: string) => HeldImage | undefined;
}

/** One request, whatever the number of images. */
export async function readInventory(api: Docker): Promise<Inventory> {
  const held = new Map<string, HeldImage>();
  for (const image of await api.listImages()) {
    for (const name of [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])]) {
      held.set(name, { id: image.Id, sizeBytes: image.Size });
    }
  }
  return { find: (reference) => held.get(inventoryKey(reference)) };
}

/** The engine lists `name:tag` and `name@digest`, never both in one. */
function inventoryKey(reference: string): string {
  const { name, version } = splitReference(reference);
  return `${name}${version.includes(':') ? '@' : ':'}${version}`;
}

/** An image that was pulled or built just now. */
export async function inspectImage(api: Docker, reference: string): Promise<HeldImage> {
  const found = await api.getImage(reference).inspect();
  return { id: found.Id, sizeBytes: found.Size };
}
