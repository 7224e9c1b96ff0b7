// Containers for tests of images: started from an image, asked from inside, gone at the end.
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';

export interface ContainerOptions {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** host path:container path[:ro] */
  readonly binds?: readonly string[];
  /** a user-defined network, and the container's name on it */
  readonly network?: string;
  readonly alias?: string;
  /** container port/protocol, each published on a free port of 127.0.0.1 */
  readonly publish?: readonly string[];
}

export interface Finished {
  readonly exitCode: number;
  readonly output: string;
}

/** Containers of one test file. */
export class Containers {
  readonly #api: Docker;
  readonly #all: Docker.Container[] = [];

  constructor(api: Docker) {
    this.#api = api;
  }

  async start(image: string, options: ContainerOptions = {}): Promise<Docker.Container> {
    const container = await this.#api.createContainer({
      Image: image,
      // one stream without the engine's frames
      Tty: true,
      Labels: { 'kafka-load-lab.test': 'stand-ins' },
      ...(options.command ? { Cmd: [...options.command] } : {}),
      ...(options.entrypoint ? { Entrypoint: [...options.entrypoint] } : {}),
      Env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ExposedPorts: Object.fromEntries((options.publish ?? []).map((port) => [port, {}])),
      HostConfig: {
        Memory: 1024 ** 3,
        Binds: [...(options.binds ?? [])],
        PortBindings: Object.fromEntries((options.publish ?? []).map((port) => [port, [{ HostIp: '127.0.0.1' }]])),
        ...(options.network ? { NetworkMode: options.network } : {}),
      },
      ...(options.network
        ? { NetworkingConfig: { EndpointsConfig: { [options.network]: { Aliases: [options.alias ?? 'it'] } } } }
        : {}),
    });
    this.#all.push(container);
    await container.start();
    return container;
  }

  /** Runs a container to its end. */
  async run(image: string, options: ContainerOptions = {}): Promise<Finished> {
    const container = await this.start(image, options);
    const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
    return { exitCode: StatusCode, output: await logs(container) };
  }

  /** Runs a program inside a running container. */
  async exec(container: Docker.Container, ...command: readonly string[]): Promise<Finished> {
    const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: true });
    const output = await text(await exec.start({ Tty: true }));
    const { ExitCode } = await exec.inspect();
    return { exitCode: ExitCode ?? -1, output: normalised(output) };
  }

  async removeAll(): Promise<void> {
    for (const container of this.#all.splice(0)) await container.remove({ force: true, v: true });
  }
}

/** What a container has printed. A text that happens to be a number comes from the client as a number. */
export async function logs(container: Docker.Container): Promise<string> {
  const output: unknown = await container.logs({ stdout: true, stderr: true });
  return normalised(String(output));
}

/** The port on 127.0.0.1 at which a container's port is published. */
export async function publishedPort(container: Docker.Container, port: string): Promise<number> {
  const { NetworkSettings } = await container.inspect();
  const published = NetworkSettings.Ports[port]?.[0]?.HostPort;
  if (published === undefined) throw new Error(`${port} is not published`);
  return Number(published);
}

/** A terminal ends lines with a carriage return. */
function normalised(output: string): string {
  return output.replaceAll('\r\n', '\n');
}
