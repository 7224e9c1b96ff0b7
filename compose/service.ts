// What a service module says about one service: everything the lab knows of it, in one place.

import type { Machine } from '../src/config/resources.ts';
import type { Config } from '../src/config/schema.ts';
import type { ImageDescriptor } from '../src/images/descriptor.ts';
import type { Paths } from '../src/paths.ts';

/** What service modules may depend on: the configuration and facts of engine and machine. */
export interface LabContext {
  readonly config: Config;
  readonly paths: Paths;
  /** the engine's machine, which the services' limits are derived from */
  readonly machine: Machine;
  readonly engine: EngineFacts;
  /** user id of whoever runs the lab, -1 where there is none */
  readonly uid: number;
}

/** Facts of the engine that end up in the compose file (from `docker info`). */
export interface EngineFacts {
  /** path of the engine's socket on its host */
  readonly socketPath: string;
  /** the engine's data root on its host */
  readonly dataRoot: string;
  /** API version spoken to the engine, e.g. 1.41: start_interval of a health check needs 1.44 */
  readonly apiVersion: string;
}

/** A compose service, less `image`, which the image resolver fills in. */
export type ComposeFragment = Readonly<Record<string, unknown>>;

/** When a service counts as ready; checked from the host, each with the service's deadline. */
export type Readiness =
  /** not started by lab:up (k6) */
  | { readonly kind: 'on-demand' }
  /** runs, and its own health check, if it has one, is content */
  | { readonly kind: 'healthy' }
  | { readonly kind: 'http'; readonly url: string }
  /** as `healthy`, or a job that ran to its end with exit code 0: a service of the user's own */
  | { readonly kind: 'healthy-or-done' }
  /** the exposition at url holds a line that starts with `series` */
  | { readonly kind: 'series'; readonly url: string; readonly series: string }
  /** an API request to the bootstrap server is answered and this many brokers are there */
  | { readonly kind: 'brokers'; readonly bootstrap: string; readonly count: number }
  /** url answers from inside the lab's network (asked with wget in `service`'s container) */
  | { readonly kind: 'inside'; readonly service: string; readonly url: string }
  /** Prometheus is ready and every target of the scrape file is up */
  | { readonly kind: 'targets-up'; readonly url: string };

export interface ScrapeJob {
  readonly job: string;
  /** host:port on the lab's network */
  readonly targets: readonly string[];
  readonly path?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Prometheus' metric_relabel_configs, as they appear in its file */
  readonly metricRelabel?: readonly Readonly<Record<string, unknown>>[];
}

/** A file that the lab writes below .lab/ and that services mount. */
export interface GeneratedFile {
  /** relative to .lab/ */
  readonly path: string;
  readonly content: string;
}

export interface Service {
  /** compose service name: kafka-1, gateway … */
  readonly name: string;
  /** module name: kafka, gateway … */
  readonly component: string;
  readonly image: ImageDescriptor;
  readonly compose: ComposeFragment;
  readonly ready: Readiness;
  readonly readyTimeoutMs: number;
  readonly scrape?: readonly ScrapeJob[];
  /** files it mounts; a change of content recreates the service */
  readonly files?: readonly GeneratedFile[];
  /** named volumes it declares, as in compose's top-level `volumes` */
  readonly volumes?: Readonly<Record<string, unknown>>;
  /** where a person or program on the host reaches it */
  readonly url?: string;
  /** the lab can do its main job without it, when its image cannot be had */
  readonly optional?: boolean;
}

/** One module of compose/: the instances of a component under a context. */
export type ServiceModule = (context: LabContext) => readonly Service[];
