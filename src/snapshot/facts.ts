// What a run was made on and with: machine, engine, images, checkout, configuration.
import { cpus, platform, release, totalmem } from 'node:os';
import path from 'node:path';
import { type Host, realHost } from '../host.ts';
import type { RunningLab } from '../lab/lab.ts';
import type { Manifest } from './format.ts';
import { sha256 } from './reader.ts';

type Facts = Pick<Manifest, 'lab' | 'config' | 'configHash' | 'git' | 'images' | 'missing' | 'engine' | 'machine'>;

/** Facts of the lab as it runs now. `version` is the lab's own. */
export async function gatherFacts(lab: RunningLab, version: string, host: Host = realHost()): Promise<Facts> {
  const { engine, project, config } = lab;
  const { facts } = engine;
  return {
    lab: version,
    config,
    configHash: configHash(config),
    git: await gitState(host, lab.paths.project),
    images: project.images.map(({ name, reference, id, source }) => ({ name, reference, id, source })),
    missing: project.missing.map(({ service, image }) => ({ service, why: image.why })),
    engine: {
      version: engine.version,
      apiVersion: engine.apiVersion,
      composeVersion: engine.composeVersion,
      own: engine.own,
      cpus: facts.cpus,
      memoryBytes: facts.memoryBytes,
      kernel: facts.kernel,
      architecture: facts.architecture,
    },
    machine: {
      cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
      cpus: cpus().length,
      memoryBytes: totalmem(),
      kernel: release(),
      platform: platform(),
    },
  };
}

/** SHA-256 of the configuration, the same whatever the order of its keys. */
export function configHash(config: unknown): string {
  return sha256(canonical(config));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`).join(',')}}`;
}

async function gitState(host: Host, project: string): Promise<Manifest['git']> {
  const head = await host.run('git', ['-C', project, 'rev-parse', 'HEAD']);
  if (head.exitCode !== 0) return null;
  const status = await host.run('git', ['-C', project, 'status', '--porcelain']);
  return { commit: head.stdout.trim(), dirty: status.stdout.trim() !== '' };
}

/** A path as others can make sense of it: relative to the project where it is inside. */
export function projectPath(project: string, file: string): string {
  const relative = path.relative(project, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}
