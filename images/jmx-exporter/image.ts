// The stand-alone JMX exporter: upstream publishes no image, so it is built in both modes, from its jar on a JRE.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { javaImage } from '../java/image.ts';

/** The newest version in Maven; later ones are published on upstream's release page only. */
const version = '1.0.1';

export const jmxExporterImage: ImageDescriptor = {
  name: 'jmx-exporter',
  build: {
    folder: 'images/jmx-exporter',
    dockerfile: 'Dockerfile',
    version,
    base: javaImage,
    artifacts: [
      {
        kind: 'maven',
        coordinates: [`io.prometheus.jmx:jmx_prometheus_httpserver:${version}`],
        transitive: false,
        into: 'jmx',
      },
    ],
  },
};
