// Images of every sort, made up for tests.
import type { ImageBuild, ImageDescriptor } from '../../src/images/descriptor.ts';

export const buildOf = (name: string, more: Partial<ImageBuild> = {}): ImageBuild => ({
  folder: `images/${name}`,
  dockerfile: 'Dockerfile',
  version: '1',
  artifacts: [],
  ...more,
});

/** a base that can be had in both ways */
export const base: ImageDescriptor = {
  name: 'base',
  pull: { repository: 'debian', tag: 'slim' },
  build: buildOf('base'),
};
/** pulled where a registry answers, built on the base otherwise */
export const both: ImageDescriptor = {
  name: 'both',
  pull: { repository: 'apache/kafka', tag: '4.1.1' },
  build: buildOf('both', { base }),
};
/** has the project itself inside */
export const built: ImageDescriptor = { name: 'built', build: buildOf('built', { base }) };
export const pulled: ImageDescriptor = {
  name: 'pulled',
  pull: { repository: 'other.example/grafana', tag: '13' },
  onlyPulled: 'no package registry has it',
};
