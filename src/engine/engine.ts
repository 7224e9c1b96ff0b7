// The engine as the rest of the lab sees it: where it listens, how compose is called, whose it is.
import type Docker from 'dockerode';

/** A Docker engine that answers. */
export interface Engine {
  /** unix:///… or tcp://…, as for DOCKER_HOST */
  readonly host: string;
  /** the engine's version, e.g. 20.10.24 */
  readonly version: string;
  /** the API version that this client speaks to it, e.g. 1.41 */
  readonly apiVersion: string;
  /** true when the lab started it, and may stop it */
  readonly own: boolean;
  /** command and leading arguments of docker compose v2 */
  readonly compose: readonly string[];
  readonly composeVersion: string;
  /** the docker client */
  readonly docker: string;
  /** environment for both: DOCKER_HOST and what an unpacked engine needs */
  readonly env: Readonly<Record<string, string>>;
  readonly api: Docker;
  readonly facts: {
    readonly socketPath: string;
    readonly dataRoot: string;
    readonly cgroupVersion: '1' | '2';
    readonly cpus: number;
    readonly memoryBytes: number;
    readonly kernel: string;
    readonly architecture: string;
  };
}

/** An engine before `docker compose` is there, which may have to be built first: enough for images and containers. */
export type BareEngine = Omit<Engine, 'compose' | 'composeVersion'>;
