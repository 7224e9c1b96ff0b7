// What every kind of artifact needs and gives: a folder in the cache, keyed by content.
import type { GoToolchain } from '../../engine/go.ts';
import type { Host } from '../../host.ts';
import type { Paths } from '../../paths.ts';
import type { Tell } from '../steps.ts';

/** The `go` command, and the environment that it needs. */
export type GoCommand = Pick<GoToolchain, 'go' | 'env'>;

export interface ArtifactContext {
  readonly host: Host;
  readonly paths: Paths;
  /** the engine's architecture, as Go names it: amd64, arm64 */
  readonly architecture: string;
  /** absolute path of images/<name> */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly goToolchain: () => Promise<GoCommand>;
}

/** How one kind of artifact is made. */
export interface ArtifactRecipe {
  /** what the user sees while it is made: `go build k6`, `maven kafka_2.13` */
  readonly title: string;
  /** where its files go below `artifacts/` in the build context; '' for artifacts/ itself */
  readonly into: string;
  /** everything that decides its content; hashed */
  readonly key: () => Promise<unknown>;
  /** what has to be downloaded first, where the work itself is something else */
  readonly fetch?: (target: string, tell: Tell) => Promise<void>;
  /** what `make` keeps busy: the network, or the processors */
  readonly load: 'network' | 'processors';
  /** fills an empty folder; runs at most once per key on this machine */
  readonly make: (target: string, tell: Tell) => Promise<void>;
}
