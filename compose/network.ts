// The lab's networks: one for everything, one internal for JMX, which must not be reachable from elsewhere.
import { createHash } from 'node:crypto';
import type { Config } from '../src/config/schema.ts';

/**
 * The bridge's /24: fixed, because node exporter must be told the gateway's address before the network exists.
 * Derived from the lab's name, so that two labs with two names do not collide: 172.16-31.x.0/24 less Docker's usual 172.17.
 */
export function labSubnet(config: Config): string {
  if (config.network.subnet) return config.network.subnet;
  const [a = 0, b = 0] = createHash('sha256').update(config.name).digest();
  return `172.${20 + (a % 12)}.${b}.0/24`;
}

/** Address of the bridge itself, on the engine's host. */
export function labGateway(config: Config): string {
  return labSubnet(config).replace(/0\/24$/, '1');
}

/** The `networks` section of the compose file. */
export function networks(config: Config): Readonly<Record<string, unknown>> {
  return {
    lab: { driver: 'bridge', ipam: { config: [{ subnet: labSubnet(config), gateway: labGateway(config) }] } },
    jmx: { driver: 'bridge', internal: true },
  };
}
