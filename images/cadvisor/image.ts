// cAdvisor: resources per container. The stand-in is a small main around the same code as a library.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { busyboxImage } from '../busybox/image.ts';

export const cadvisorImage: ImageDescriptor = {
  name: 'cadvisor',
  pull: { repository: 'ghcr.io/google/cadvisor', tag: '0.60.5' },
  build: {
    folder: 'images/cadvisor',
    dockerfile: 'Dockerfile',
    version: '0.52.1-lab',
    base: busyboxImage,
    artifacts: [{ kind: 'go-project', package: '.', binary: 'cadvisor' }],
  },
};
