// CPU and memory limits per service, derived from the machine so that no part can starve another unseen.
import type { Config } from './schema.ts';

export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface Limit {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Limits by compose service name; a service that is not in it has none. */
export type Resources = Readonly<Record<string, Limit>>;

const MiB = 1024 ** 2;

/** Share of the machine's CPUs and bounds of memory for one instance of a component. */
interface Share {
  readonly cpuShare: number;
  readonly memoryShare: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** The generator gets half of the CPUs at most, so that the system under test keeps the other half. */
const shares: Readonly<Record<string, Share>> = {
  kafka: { cpuShare: 0.75, memoryShare: 0.1, minBytes: 768 * MiB, maxBytes: 4096 * MiB },
  'jmx-exporter': { cpuShare: 0.25, memoryShare: 0.01, minBytes: 160 * MiB, maxBytes: 256 * MiB },
  'kafka-exporter': { cpuShare: 0.25, memoryShare: 0.01, minBytes: 96 * MiB, maxBytes: 256 * MiB },
  cadvisor: { cpuShare: 0.25, memoryShare: 0.01, minBytes: 160 * MiB, maxBytes: 384 * MiB },
  'node-exporter': { cpuShare: 0.1, memoryShare: 0.01, minBytes: 64 * MiB, maxBytes: 128 * MiB },
  'statsd-exporter': { cpuShare: 0.5, memoryShare: 0.01, minBytes: 128 * MiB, maxBytes: 512 * MiB },
  prometheus: { cpuShare: 0.5, memoryShare: 0.05, minBytes: 384 * MiB, maxBytes: 2048 * MiB },
  grafana: { cpuShare: 0.25, memoryShare: 0.02, minBytes: 256 * MiB, maxBytes: 512 * MiB },
  gateway: { cpuShare: 0.5, memoryShare: 0.03, minBytes: 256 * MiB, maxBytes: 1024 * MiB },
  worker: { cpuShare: 0.5, memoryShare: 0.03, minBytes: 256 * MiB, maxBytes: 1024 * MiB },
  k6: { cpuShare: 0.5, memoryShare: 0.15, minBytes: 512 * MiB, maxBytes: 8192 * MiB },
};

const unit: Readonly<Record<string, number>> = { k: 1024, m: MiB, g: 1024 * MiB };

/** Bytes of a size in compose's notation: 512m, 1.5g. */
export function parseMemory(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg])$/i.exec(text);
  if (!match?.[1] || !match[2]) throw new RangeError(`not a memory size: ${text}`);
  return Math.round(Number(match[1]) * (unit[match[2].toLowerCase()] ?? 1));
}

/** Limits for these instances (service name -> component) on this machine; lab.yaml's `resources` wins. */
export function deriveResources(
  config: Config,
  machine: Machine,
  instances: Readonly<Record<string, string>>,
): Resources {
  const entries = Object.entries(instances).flatMap(([service, component]): [string, Limit][] => {
    const share = shares[component];
    const own = config.resources[service] ?? config.resources[component];
    if (!share && !own) return [];
    const cpus = share ? Math.max(0.1, Math.round(machine.cpus * share.cpuShare * 100) / 100) : machine.cpus;
    const bytes = share
      ? Math.min(share.maxBytes, Math.max(share.minBytes, machine.memoryBytes * share.memoryShare))
      : machine.memoryBytes;
    return [
      [
        service,
        { cpus: own?.cpus ?? cpus, memoryBytes: own?.memory ? parseMemory(own.memory) : Math.floor(bytes / MiB) * MiB },
      ],
    ];
  });
  return Object.fromEntries(entries);
}
