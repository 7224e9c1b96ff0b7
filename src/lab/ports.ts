// Are the ports free that the services publish? Asked before anything starts, so that the message can name the owner.
import type { Service } from '../../compose/service.ts';
import type { Config } from '../config/schema.ts';
import type { BareEngine } from '../engine/engine.ts';
import { type PublishedPort, portConflicts, portFault } from '../engine/ports.ts';
import { labContainers } from './containers.ts';

interface ComposePort {
  readonly host_ip: string;
  readonly published: string;
  readonly protocol: 'tcp' | 'udp';
}

/** Ports that these services publish on 127.0.0.1, each with the key of lab.yaml that moves it. */
export function publishedPorts(config: Config, services: readonly Service[]): readonly PublishedPort[] {
  // the ports of further brokers follow the first one's: the key is that of the nearest port below
  const keys = Object.entries(config.ports).sort(([, a], [, b]) => b - a);
  return services.flatMap((service) =>
    ((service.compose.ports ?? []) as readonly ComposePort[]).map(({ published, protocol }) => {
      const port = Number(published);
      const [key = service.name] = keys.find(([, first]) => first <= port) ?? [];
      return { port, protocol, key: `ports.${key}` };
    }),
  );
}

/** Errors: PORT_TAKEN. Ports that the running lab itself holds are no conflict. */
export async function checkPorts(engine: BareEngine, config: Config, services: readonly Service[]): Promise<void> {
  const containers = await labContainers(engine.api, config.name);
  const held = new Set([...containers.values()].flatMap((container) => container.publishedPorts));
  const wanted = publishedPorts(config, services).filter(({ port }) => !held.has(port));
  const conflicts = await portConflicts(wanted);
  if (conflicts.length > 0) throw portFault(conflicts);
}
