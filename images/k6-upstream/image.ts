// k6 0.54 with its own StatsD output, for benchmarks and tests of a k6 that is not the lab's.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { busyboxImage } from '../busybox/image.ts';

export const k6UpstreamImage: ImageDescriptor = {
  name: 'k6-upstream',
  build: {
    folder: 'images/k6-upstream',
    dockerfile: 'Dockerfile',
    version: '0.54.0',
    base: busyboxImage,
    artifacts: [{ kind: 'go-project', package: '.', binary: 'k6' }],
  },
};
