// Reads from a Dockerfile what the image's configuration will be, without building it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { projectRoot } from '../../src/paths.ts';
import type { ImageConfig } from './contract.ts';

const empty: ImageConfig = {
  user: '',
  entrypoint: [],
  command: [],
  ports: [],
  workdir: '',
  volumes: [],
  healthcheck: false,
};

/** The configuration after the last stage, on top of what the base image brings. */
export function declaredConfig(image: ImageDescriptor): ImageConfig {
  const { build } = image;
  if (build === undefined) throw new Error(`${image.name} is not built`);
  const text = readFileSync(path.join(projectRoot, build.folder, build.dockerfile), 'utf8');
  const all = instructions(text);
  const lastStage = all.slice(all.findLastIndex(({ name }) => name === 'FROM') + 1);
  return lastStage.reduce(apply, build.base ? declaredConfig(build.base) : empty);
}

export interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** Instructions of a Dockerfile, without comments, continued lines joined. */
export function instructions(dockerfile: string): readonly Instruction[] {
  return dockerfile
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ name: line.split(' ', 1)[0] ?? '', value: line.slice(line.indexOf(' ') + 1).trim() }));
}

function apply(config: ImageConfig, { name, value }: Instruction): ImageConfig {
  switch (name) {
    case 'USER':
      return { ...config, user: value };
    case 'WORKDIR':
      return { ...config, workdir: value };
    case 'ENTRYPOINT':
      return { ...config, entrypoint: JSON.parse(value), command: [] };
    case 'CMD':
      return { ...config, command: JSON.parse(value) };
    case 'EXPOSE':
      return { ...config, ports: [...config.ports, ...value.split(' ').map(withProtocol)].sort() };
    case 'VOLUME':
      return { ...config, volumes: [...config.volumes, ...(JSON.parse(value) as string[])].sort() };
    case 'HEALTHCHECK':
      return { ...config, healthcheck: true };
    default:
      return config;
  }
}

function withProtocol(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}
