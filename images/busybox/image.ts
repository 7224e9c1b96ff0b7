// Busybox: the base of the images whose upstream is built on it, and of k6's.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';

// No digests in this project's descriptors: they were written where no registry could be asked for one. Tags are exact.
export const busyboxImage: ImageDescriptor = {
  name: 'busybox',
  pull: { repository: 'busybox', tag: '1.37.0' },
  build: {
    folder: 'images/busybox',
    dockerfile: 'Dockerfile',
    version: '1.35',
    artifacts: [{ kind: 'deb', packages: ['busybox-static'], into: 'busybox' }],
  },
};
