// Kafka, of any 4.x version: upstream's image, or one of the same shape from Maven's jars.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { javaImage } from '../java/image.ts';

/** The image of a Kafka version such as 4.1.1. */
export function kafkaImage(version: string): ImageDescriptor {
  return {
    name: 'kafka',
    pull: { repository: 'apache/kafka', tag: version },
    build: {
      folder: 'images/kafka',
      dockerfile: 'Dockerfile',
      version,
      base: javaImage,
      artifacts: [
        {
          kind: 'maven',
          coordinates: [
            `org.apache.kafka:kafka_2.13:${version}`,
            `org.apache.kafka:kafka-tools:${version}`,
            // binds slf4j 1.7, which Kafka 4 uses, to the log4j 2 that Kafka's own dependencies bring
            'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
          ],
          transitive: true,
          into: 'libs',
        },
      ],
    },
  };
}
