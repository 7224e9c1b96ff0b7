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

/** Limits of one instance of a component on this machine; lab.yaml's `resources` (by service or component) wins. */
export function limitOf(config: Config, machine: Machine, service: string, component: string): Limit | undefined {
  const share = shares[component];
  const own = { ...config.resources[component], ...config.resources[service] };
  if (!share) {
    if (own.cpus === undefined && own.memory === undefined) return undefined;
    return { cpus: own.cpus ?? machine.cpus, memoryBytes: own.memory ? parseMemory(own.memory) : machine.memoryBytes };
  }
  const derivedBytes = Math.min(share.maxBytes, Math.max(share.minBytes, machine.memoryBytes * share.memoryShare));
  return {
    cpus: own.cpus ?? Math.max(0.1, Math.round(machine.cpus * share.cpuShare * 100) / 100),
    memoryBytes: own.memory ? parseMemory(own.memory) : Math.floor(derivedBytes / MiB) * MiB,
  };
}
