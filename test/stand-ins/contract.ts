// What upstream's images look like from outside, as far as compose files depend on it; stand-ins are held to this table.
import { busyboxImage } from '../../images/busybox/image.ts';
import { cadvisorImage } from '../../images/cadvisor/image.ts';
import { debianImage } from '../../images/debian/image.ts';
import { javaImage } from '../../images/java/image.ts';
import { jmxExporterImage } from '../../images/jmx-exporter/image.ts';
import { k6Image } from '../../images/k6/image.ts';
import { kafkaImage } from '../../images/kafka/image.ts';
import { kafkaExporterImage } from '../../images/kafka-exporter/image.ts';
import { nodeExporterImage } from '../../images/node-exporter/image.ts';
import { prometheusImage } from '../../images/prometheus/image.ts';
import { statsdExporterImage } from '../../images/statsd-exporter/image.ts';
import { targetImage } from '../../images/target/image.ts';
import { defaultConfig } from '../../src/config/schema.ts';
import type { ImageDescriptor } from '../../src/images/descriptor.ts';

/** The part of an image's configuration that a container inherits. */
export interface ImageConfig {
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** port/protocol, sorted */
  readonly ports: readonly string[];
  readonly workdir: string;
  readonly volumes: readonly string[];
  readonly healthcheck: boolean;
}

export interface Contract {
  readonly image: ImageDescriptor;
  readonly config: ImageConfig;
  /** uid and gid of the process */
  readonly id: string;
}

const plain: ImageConfig = {
  user: '',
  entrypoint: [],
  command: [],
  ports: [],
  workdir: '',
  volumes: [],
  healthcheck: false,
};

const prometheus: ImageConfig = {
  ...plain,
  user: 'nobody',
  entrypoint: ['/bin/prometheus'],
  command: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus'],
  ports: ['9090/tcp'],
  workdir: '/prometheus',
  volumes: ['/prometheus'],
};

/** Every image that can be built, apart from the slow build of Prometheus. */
export const contracts: readonly Contract[] = [
  { image: busyboxImage, id: '0:0', config: { ...plain, command: ['sh'] } },
  { image: debianImage, id: '0:0', config: { ...plain, command: ['bash'] } },
  {
    image: javaImage,
    id: '0:0',
    config: { ...plain, entrypoint: ['/__cacert_entrypoint.sh'] },
  },
  {
    image: kafkaImage(defaultConfig.kafka.version),
    id: '1000:1000',
    config: {
      ...plain,
      user: 'appuser',
      entrypoint: ['/__cacert_entrypoint.sh'],
      command: ['/etc/kafka/docker/run'],
      ports: ['9092/tcp'],
      volumes: ['/etc/kafka/secrets', '/mnt/shared/config', '/var/lib/kafka/data'],
    },
  },
  {
    image: kafkaExporterImage,
    id: '65534:65534',
    config: { ...plain, user: 'nobody', entrypoint: ['/bin/kafka_exporter'], ports: ['9308/tcp'] },
  },
  {
    image: cadvisorImage,
    id: '0:0',
    config: { ...plain, entrypoint: ['/usr/bin/entrypoint.sh'], ports: ['8080/tcp'], healthcheck: true },
  },
  {
    image: nodeExporterImage,
    id: '65534:65534',
    config: { ...plain, user: 'nobody', entrypoint: ['/bin/node_exporter'], ports: ['9100/tcp'] },
  },
  {
    image: statsdExporterImage,
    id: '65534:65534',
    config: {
      ...plain,
      user: '65534',
      entrypoint: ['/bin/statsd_exporter'],
      ports: ['9102/tcp', '9125/tcp', '9125/udp'],
    },
  },
  { image: prometheusImage('2.42'), id: '65534:65534', config: prometheus },
  {
    image: k6Image,
    id: '12345:12345',
    config: { ...plain, user: '12345', entrypoint: ['k6'], workdir: '/home/k6' },
  },
];

/** The other build of Prometheus, which takes minutes. */
export const slowPrometheus: Contract = { image: prometheusImage('3.5'), id: '65534:65534', config: prometheus };

/** Images of the lab's own, which have no upstream: only that they do not run as root is promised. */
export const ownImages: readonly ImageDescriptor[] = [jmxExporterImage, targetImage];
