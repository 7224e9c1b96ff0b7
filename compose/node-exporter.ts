// node exporter: the machine under all of it. On the host's network, listening on the lab bridge's gateway alone.
import { nodeExporterImage } from '../images/node-exporter/image.ts';
import { common } from './fragment.ts';
import { labGateway } from './network.ts';
import type { LabContext, Service } from './service.ts';

/** node exporter, unless lab.yaml turns it off. */
export function nodeExporter(context: LabContext): readonly Service[] {
  const { config } = context;
  if (!config.services.nodeExporter) return [];
  const address = `${labGateway(config)}:${config.ports.nodeExporter}`;
  const { networks: _networks, hostname: _hostname, ...shared } = common(context, 'node-exporter', 'node-exporter');
  return [
    {
      name: 'node-exporter',
      component: 'node-exporter',
      image: nodeExporterImage,
      optional: true,
      compose: {
        ...shared,
        network_mode: 'host',
        pid: 'host',
        command: ['--path.rootfs=/host', `--web.listen-address=${address}`],
        // not rslave: it fails where / is a private mount
        volumes: ['/:/host:ro'],
      },
      scrape: [{ job: 'node', targets: [address] }],
      // asked from inside, because the bridge's address is the engine's host, which need not be this one
      ready: { kind: 'inside', service: 'prometheus', url: `http://${address}/metrics` },
      readyTimeoutMs: 60_000,
    },
  ];
}
