// statsd-exporter: takes k6's samples, over a Unix socket that loses none and over UDP for whoever follows the documentation.
import { statsdExporterImage } from '../images/statsd-exporter/image.ts';
import { renderStatsdMapping } from '../prometheus/statsd-mapping.ts';
import { common, published } from './fragment.ts';
import type { ComposeFragment, LabContext, Service } from './service.ts';

const port = 9102;

/** The socket as both ends see it, in the volume that they share. */
export const statsdSocket = {
  volume: 'statsd-socket',
  folder: '/run/statsd',
  path: '/run/statsd/statsd.sock',
} as const;

/** Datagrams that may queue on the socket: the kernel's default of 10 makes every burst block. Needed on both ends. */
export const socketSysctls: ComposeFragment = { 'net.unix.max_dgram_qlen': 4096 };

/** The exporter. */
export function statsdExporter(context: LabContext): readonly Service[] {
  const { config } = context;
  const url = `http://127.0.0.1:${config.ports.statsdExporter}/metrics`;
  return [
    {
      name: 'statsd-exporter',
      component: 'statsd-exporter',
      image: statsdExporterImage,
      compose: {
        ...common(context, 'statsd-exporter', 'statsd-exporter'),
        command: [
          '--statsd.mapping-config=/etc/statsd-exporter/mapping.yaml',
          `--statsd.listen-unixgram=${statsdSocket.path}`,
          '--statsd.unixsocket-mode=777',
        ],
        volumes: [
          `${statsdSocket.volume}:${statsdSocket.folder}`,
          './statsd-exporter/mapping.yaml:/etc/statsd-exporter/mapping.yaml:ro',
        ],
        ports: [published(config.ports.statsdExporter, port), published(config.ports.statsd, 9125, 'udp')],
        sysctls: socketSysctls,
      },
      // on tmpfs, so that a killed exporter leaves no stale socket, on which the next one would refuse to start
      volumes: {
        [statsdSocket.volume]: { driver: 'local', driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'mode=1777' } },
      },
      files: [{ path: 'statsd-exporter/mapping.yaml', content: renderStatsdMapping() }],
      scrape: [{ job: 'statsd', targets: [`statsd-exporter:${port}`] }],
      ready: { kind: 'http', url },
      readyTimeoutMs: 30_000,
      url,
    },
  ];
}
