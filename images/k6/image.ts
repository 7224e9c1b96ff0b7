// k6 with the lab's own StatsD output: built in both modes.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { busyboxImage } from '../busybox/image.ts';

export const k6Image: ImageDescriptor = {
  name: 'k6',
  build: {
    folder: 'images/k6',
    dockerfile: 'Dockerfile',
    version: '2.2.0',
    base: busyboxImage,
    artifacts: [
      { kind: 'go-project', package: '.', binary: 'k6' },
      { kind: 'deb', packages: ['ca-certificates'], into: 'certificates' },
    ],
  },
};
