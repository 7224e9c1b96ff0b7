// kafka-exporter: topics, offsets and lag. No package registry carries it; the stand-in is the Go program beside this.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { busyboxImage } from '../busybox/image.ts';

export const kafkaExporterImage: ImageDescriptor = {
  name: 'kafka-exporter',
  pull: { repository: 'danielqsj/kafka-exporter', tag: 'v1.9.0' },
  build: {
    folder: 'images/kafka-exporter',
    dockerfile: 'Dockerfile',
    version: '1.9.0-lab',
    base: busyboxImage,
    artifacts: [{ kind: 'go-project', package: '.', binary: 'kafka_exporter' }],
  },
};
