// Debian: the base of everything that is dynamically linked: Java, Node.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';

export const debianImage: ImageDescriptor = {
  name: 'debian',
  pull: { repository: 'debian', tag: 'bookworm-20250520-slim' },
  build: {
    folder: 'images/debian',
    dockerfile: 'Dockerfile',
    version: 'minbase',
    artifacts: [{ kind: 'debootstrap' }],
  },
};
