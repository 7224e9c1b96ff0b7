// statsd-exporter: turns k6's StatsD lines into Prometheus metrics.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { busyboxImage } from '../busybox/image.ts';

const version = '0.31.0';

export const statsdExporterImage: ImageDescriptor = {
  name: 'statsd-exporter',
  pull: { repository: 'prom/statsd-exporter', tag: `v${version}` },
  build: {
    folder: 'images/statsd-exporter',
    dockerfile: 'Dockerfile',
    version,
    base: busyboxImage,
    artifacts: [
      {
        kind: 'go-module',
        module: 'github.com/prometheus/statsd_exporter',
        version: `v${version}`,
        package: '.',
        binary: 'statsd_exporter',
        ldflags: `-X github.com/prometheus/common/version.Version=${version}`,
      },
    ],
  },
};
