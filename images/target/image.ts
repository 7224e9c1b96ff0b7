// The built-in system under test: the gateway and its workers run from one image; the command names the entry point.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { debianImage } from '../debian/image.ts';

/** The Node that the project itself runs on. */
const nodeVersion = '24.21.0';

export const targetImage: ImageDescriptor = {
  name: 'target',
  build: {
    folder: 'images/target',
    dockerfile: 'Dockerfile',
    version: `node-${nodeVersion}`,
    base: debianImage,
    artifacts: [
      { kind: 'node-binary', version: nodeVersion, into: 'node' },
      { kind: 'npm', folder: 'target', into: 'npm' },
    ],
    include: ['target'],
  },
};
