// How one image is described: where it is pulled from, how it is built, and why it may be missing.

/** Something made on the host, before `docker build`, into `<context>/artifacts/<into>`; cached by content. */
export type Artifact =
  /** a Go main package that lives in the project; `package` is relative to the image's folder */
  | {
      readonly kind: 'go-project';
      readonly package: string;
      readonly binary: string;
      readonly tags?: readonly string[];
    }
  /** a main package of a published Go module, built inside the module at that version */
  | {
      readonly kind: 'go-module';
      readonly module: string;
      readonly version: string;
      readonly package: string;
      readonly binary: string;
      readonly tags?: readonly string[];
      readonly ldflags?: string;
    }
  /** Maven artifacts with their runtime dependencies, or alone when `transitive` is false */
  | {
      readonly kind: 'maven';
      readonly coordinates: readonly string[];
      readonly transitive: boolean;
      readonly into: string;
    }
  /** Debian packages, downloaded and unpacked (not installed) */
  | { readonly kind: 'deb'; readonly packages: readonly string[]; readonly into: string }
  /** production dependencies of a Node package in the project, from its lock file */
  | { readonly kind: 'npm'; readonly folder: string; readonly into: string }
  /** the Node binary of the npm package `node`, for the engine's platform */
  | { readonly kind: 'node-binary'; readonly version: string; readonly into: string }
  /** a minimal root file system of the machine's own Debian release, as artifacts/rootfs.tar */
  | { readonly kind: 'debootstrap' };

export interface ImageBuild {
  /** folder of Dockerfile and context, relative to the project: images/<name> */
  readonly folder: string;
  /** Dockerfile inside the folder */
  readonly dockerfile: string;
  /** what the image is called after, e.g. the version of the software inside */
  readonly version: string;
  /** the image it builds FROM, passed as build argument BASE; absent: the Dockerfile starts FROM scratch */
  readonly base?: ImageDescriptor;
  readonly artifacts: readonly Artifact[];
  readonly args?: Readonly<Record<string, string>>;
  /** further project folders copied into the build context, e.g. target/ */
  readonly include?: readonly string[];
}

/** An upstream image; repository carries the registry's name where it is not the default one. */
export interface ImagePull {
  readonly repository: string;
  readonly tag: string;
  /** sha256:…, where known */
  readonly digest?: string;
}

/** One image. `pull` and `build` are the two ways to the same contract; at least one is present. */
export interface ImageDescriptor {
  /** unique name: kafka, kafka-exporter, k6 … */
  readonly name: string;
  readonly pull?: ImagePull;
  readonly build?: ImageBuild;
  /** said to the user when the image can be neither pulled nor built */
  readonly onlyPulled?: string;
}

/** An image that the engine holds, ready to be named in the compose file. */
export interface ResolvedImage {
  readonly name: string;
  /** what the compose file says: upstream's reference, or kafka-load-lab/<name>:<version>-<content hash> */
  readonly reference: string;
  /** the engine's id, sha256:… */
  readonly id: string;
  readonly source: 'pulled' | 'built' | 'override';
  readonly sizeBytes: number;
  /** one sentence: why this source */
  readonly why: string;
}

/** An image that could be neither pulled nor built. */
export interface MissingImage {
  readonly name: string;
  readonly source: 'missing';
  readonly why: string;
}
