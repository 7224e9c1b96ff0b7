// node exporter: the host's CPU, memory, disk and network.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { busyboxImage } from '../busybox/image.ts';

const version = '1.12.1';

export const nodeExporterImage: ImageDescriptor = {
  name: 'node-exporter',
  pull: { repository: 'prom/node-exporter', tag: `v${version}` },
  build: {
    folder: 'images/node-exporter',
    dockerfile: 'Dockerfile',
    version,
    base: busyboxImage,
    artifacts: [
      {
        kind: 'go-module',
        module: 'github.com/prometheus/node_exporter',
        version: `v${version}`,
        package: '.',
        binary: 'node_exporter',
        ldflags: `-X github.com/prometheus/common/version.Version=${version}`,
      },
    ],
  },
};
