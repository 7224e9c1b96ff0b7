// Doing what the plan says, image by image; a base is waited for only when something has to be built on it.
import path from 'node:path';
import type { LimitFunction } from 'p-limit';
import type { Engine } from '../engine/engine.ts';
import { LabError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Paths } from '../paths.ts';
import type { GoCommand } from './artifacts/artifact.ts';
import { makeArtifact, type Turns } from './artifacts/make.ts';
import { registryAuth } from './auth.ts';
import { buildImage } from './build.ts';
import { contextParts } from './context.ts';
import type { ImageBuild, ImageDescriptor, MissingImage, ResolvedImage } from './descriptor.ts';
import { type NamingContext, nameOf } from './hash.ts';
import { type HeldImage, type Inventory, inspectImage } from './inventory.ts';
import { type ImagesConfig, type PlanEntry, planImages } from './plan.ts';
import { pullImage } from './pull.ts';
import { registryOf } from './reference.ts';
import type { Route } from './route.ts';
import { type ImageStep, runStep } from './steps.ts';

/** What getting images may touch. */
export interface ImageDeps {
  readonly host: Host;
  readonly paths: Paths;
  readonly engine: Pick<Engine, 'api' | 'facts'>;
  readonly signal: AbortSignal;
  /** milliseconds since the epoch */
  readonly now: () => number;
  /** asked at most once, when a program has to be compiled */
  readonly goToolchain: () => Promise<GoCommand>;
  readonly onStep?: (step: ImageStep) => void;
}

/** Turns of artifacts, and of builds in the engine. */
export interface WorkTurns extends Turns {
  readonly builds: LimitFunction;
}

/** The engine's architecture, which `docker info` names as the kernel does, as Go names it. */
export function goArchitecture(architecture: string): string {
  return { x86_64: 'amd64', aarch64: 'arm64' }[architecture] ?? architecture;
}

type Outcome = ResolvedImage | MissingImage;

/** The state of one resolution: the plan, which a failed pull changes, and the images under way. */
export class ImageWork {
  readonly #deps: ImageDeps;
  readonly #images: ImagesConfig;
  readonly #inventory: Inventory;
  readonly #turns: WorkTurns;
  readonly #route: Route;
  readonly #plan: Map<string, PlanEntry>;
  readonly #underWay = new Map<string, Promise<Outcome>>();
  readonly #naming: NamingContext;
  #go: Promise<GoCommand> | undefined;

  constructor(deps: ImageDeps, route: Route, images: ImagesConfig, inventory: Inventory, turns: WorkTurns) {
    this.#deps = deps;
    this.#images = images;
    this.#inventory = inventory;
    this.#turns = turns;
    this.#route = route;
    this.#plan = new Map(route.plan);
    this.#naming = {
      project: deps.paths.project,
      architecture: goArchitecture(deps.engine.facts.architecture),
    };
  }

  /** The image, pulled or built when the engine does not hold it; asked twice, it is worked on once. */
  resolve(descriptor: ImageDescriptor): Promise<Outcome> {
    const known = this.#underWay.get(descriptor.name);
    if (known) return known;
    const work = this.#resolve(descriptor);
    this.#underWay.set(descriptor.name, work);
    return work;
  }

  async #resolve({ name }: ImageDescriptor): Promise<Outcome> {
    const entry = this.#plan.get(name);
    switch (entry?.action) {
      case undefined:
        throw new Error(`image ${name} was never planned`);
      case 'missing':
        return { name, source: 'missing', why: entry.why };
      case 'override':
        return { name, ...(await this.#pulled(name, entry.reference)), source: 'override', why: entry.why };
      case 'pull':
        return this.#pullOrInstead(entry);
      case 'build':
        return this.#built(name, entry.build, entry.why);
    }
  }

  async #pullOrInstead(entry: Extract<PlanEntry, { action: 'pull' }>): Promise<Outcome> {
    const { name, reference, fallback } = entry;
    try {
      return { name, ...(await this.#pulled(name, reference)), source: 'pulled', why: entry.why };
    } catch (error) {
      const final = !(error instanceof LabError) || error.code === 'NO_DISK_SPACE' || this.#images.source !== 'auto';
      if (final) throw error;
      const why = `${error.code}: ${error.message}`;
      if (fallback === undefined) return { name, source: 'missing', why };
      this.#plan.set(name, { name, action: 'build', build: fallback, why });
      this.#planBase(fallback);
      return this.#built(name, fallback, why);
    }
  }

  /** A build that was not foreseen may need a base that was not foreseen either. */
  #planBase(build: ImageBuild): void {
    if (build.base === undefined) return;
    for (const [name, entry] of planImages([build.base], this.#images, this.#route.reachable)) {
      if (!this.#plan.has(name)) this.#plan.set(name, entry);
    }
  }

  async #pulled(name: string, reference: string): Promise<HeldImage & { readonly reference: string }> {
    const { engine, host, signal } = this.#deps;
    const held = this.#inventory.find(reference);
    if (held) return { ...held, reference };
    await this.#turns.network(() =>
      this.#step(name, 'pull', async (tell) => {
        const auth = await registryAuth(host, registryOf(reference) ?? (await defaultRegistry(engine)));
        await pullImage(engine.api, reference, { auth, signal, tell });
      }),
    );
    return { ...(await inspectImage(engine.api, reference)), reference };
  }

  async #built(name: string, build: ImageBuild, why: string): Promise<Outcome> {
    const { engine, paths, host, signal } = this.#deps;
    const planned = await nameOf(this.#plan, name, this.#naming);
    const held = planned && this.#inventory.find(planned.reference);
    if (planned && held) return { name, ...held, reference: planned.reference, source: 'built', why };

    const [base, artifacts] = await Promise.all([
      build.base && this.resolve(build.base),
      Promise.all(build.artifacts.map((artifact) => this.#artifact(name, build, artifact))),
    ]);
    if (base?.source === 'missing') return { name, source: 'missing', why: `its base ${base.name}: ${base.why}` };
    // the base may have been built after all, which changes the key
    const naming = await nameOf(this.#plan, name, this.#naming);
    if (naming?.key === undefined) throw new Error(`image ${name} has no key although its base is there`);
    const { reference, key } = naming;
    const parts = await contextParts(paths.project, build, artifacts);
    await this.#turns.builds(() =>
      this.#step(name, 'build', (tell) =>
        buildImage(
          engine.api,
          host,
          { reference, key, dockerfile: build.dockerfile, base: base?.reference, args: build.args, parts },
          signal,
          tell,
        ),
      ),
    );
    return { name, ...(await inspectImage(engine.api, reference)), reference, source: 'built', why };
  }

  #artifact(name: string, build: ImageBuild, artifact: ImageBuild['artifacts'][number]) {
    const { host, paths, signal } = this.#deps;
    const goToolchain = (): Promise<GoCommand> => {
      this.#go ??= this.#deps.goToolchain();
      return this.#go;
    };
    const { architecture, project } = this.#naming;
    const context = { host, paths, signal, goToolchain, architecture, folder: path.join(project, build.folder) };
    return makeArtifact(artifact, context, this.#turns, (title, work) => this.#step(name, title, work));
  }

  /** Work that waited for its turn does not begin when the command has ended meanwhile. */
  async #step<T>(name: string, title: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T> {
    this.#deps.signal.throwIfAborted();
    return runStep(this.#deps, name, title, work);
  }
}

/** What the docker client's configuration calls the engine's default registry. */
async function defaultRegistry(engine: ImageDeps['engine']): Promise<string> {
  const info = (await engine.api.info()) as { readonly IndexServerAddress?: string };
  return info.IndexServerAddress ?? '';
}
