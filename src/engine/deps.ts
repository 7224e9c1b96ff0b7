// What finding, starting and stopping an engine may touch, given in one argument.
import type { Host } from '../host.ts';
import type { Paths } from '../paths.ts';

export interface EngineDeps {
  readonly host: Host;
  readonly paths: Paths;
  /** told of each step that takes a while: "downloading Docker from Debian's packages" */
  readonly onProgress?: (step: string) => void;
  /** ends downloads, builds and waiting */
  readonly signal?: AbortSignal;
  /** the socket tried after DOCKER_HOST and the docker context; default as Docker installs it */
  readonly defaultSocket?: string;
  /** where the lab's own engine keeps its socket and runtime state; default /run/kafka-load-lab */
  readonly runtimeRoot?: string;
}
