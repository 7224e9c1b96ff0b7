// A Java runtime: the base of Kafka's stand-in and of the JMX exporter.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { debianImage } from '../debian/image.ts';

export const javaImage: ImageDescriptor = {
  name: 'java',
  pull: { repository: 'eclipse-temurin', tag: '17.0.15_6-jre-jammy' },
  build: {
    folder: 'images/java',
    dockerfile: 'Dockerfile',
    version: 'jre',
    base: debianImage,
    artifacts: [],
  },
};
