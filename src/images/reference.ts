// Image references: taking them apart, and putting a company's registry in front of them.
import type { ImagePull } from './descriptor.ts';

/** The registry's host (and port) of a reference, or undefined when it names none: the engine's default registry. */
export function registryOf(reference: string): string | undefined {
  const [first = '', ...rest] = reference.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
}

/** How a registry is called in a sentence. */
export function registryName(registry: string | undefined): string {
  return registry === undefined ? "the engine's default registry" : `registry ${registry}`;
}

/**
 * What the engine is asked to pull. A mirror takes the registry's place: `ghcr.io/google/cadvisor` becomes
 * `<mirror>/google/cadvisor`, and official images get the namespace that registries keep them under,
 * `<mirror>/library/busybox`. Tag and digest stay.
 */
export function pullReference(pull: ImagePull, mirror?: string): string {
  const suffix = `:${pull.tag}${pull.digest === undefined ? '' : `@${pull.digest}`}`;
  if (mirror === undefined) return `${pull.repository}${suffix}`;
  const registry = registryOf(pull.repository);
  const path = registry === undefined ? pull.repository : pull.repository.slice(registry.length + 1);
  const namespaced = registry === undefined && !path.includes('/') ? `library/${path}` : path;
  return `${mirror.replace(/^https?:\/\//, '').replace(/\/+$/, '')}/${namespaced}${suffix}`;
}

/** Name and tag (or digest, which wins) of a reference, as the engine's pull takes them. */
export function splitReference(reference: string): { readonly name: string; readonly version: string } {
  const [tagged = '', digest] = reference.split('@');
  const colon = tagged.lastIndexOf(':');
  const hasTag = colon > tagged.lastIndexOf('/');
  const name = hasTag ? tagged.slice(0, colon) : tagged;
  return { name, version: digest ?? (hasTag ? tagged.slice(colon + 1) : 'latest') };
}
