// Brings the lab up: engine, images, compose file, services, topics; idempotent, and reconciles a changed lab.yaml.
import { services } from '../../compose/project.ts';
import type { Service } from '../../compose/service.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { ensureCompose, withCompose } from '../engine/compose.ts';
import type { BareEngine, Engine } from '../engine/engine.ts';
import { startEngine } from '../engine/ensure.ts';
import { goToolchain } from '../engine/go.ts';
import { LabError, type Warning } from '../errors.ts';
import { type Host, realHost } from '../host.ts';
import type { MissingImage, ResolvedImage } from '../images/descriptor.ts';
import { imagesConfig } from '../images/plan.ts';
import { resolveImages } from '../images/resolve.ts';
import type { ImageStep } from '../images/steps.ts';
import type { Io } from '../io.ts';
import { ensureTopics } from '../kafka/admin.ts';
import { configuredTopics } from '../kafka/topics.ts';
import { labPaths, type Paths } from '../paths.ts';
import { addresses, assemble } from './assemble.ts';
import { labContainers } from './containers.ts';
import { labContext } from './context.ts';
import { takeDown } from './down.ts';
import { grafanaPassword, writeGenerated } from './files.ts';
import type { Project, RunningLab } from './lab.ts';
import { readOwnTarget, watchOwn } from './own-target.ts';
import { checkPorts } from './ports.ts';
import { imageLine, runSteps, type Step } from './progress.ts';
import { type Started, startServices } from './start.ts';
import { readState, writeState } from './state.ts';

export interface UpOptions {
  readonly project: string;
  /** another file than lab.yaml */
  readonly config?: string | undefined;
  /** overrides, `path=value`; remembered for the verbs that follow */
  readonly set?: readonly string[] | undefined;
  /** overrides on top of them, not remembered */
  readonly once?: readonly string[] | undefined;
  /** a service that cannot be had is an error */
  readonly requireAll?: boolean | undefined;
}

/** The lab that is up, and how long each part of the way took. */
export interface Up {
  readonly lab: RunningLab;
  readonly warnings: readonly Warning[];
  readonly seconds: {
    readonly engine: number;
    readonly images: number;
    readonly total: number;
    /** by service, from `compose up` to ready */
    readonly ready: Readonly<Record<string, number>>;
  };
}

/** What the steps hand to one another; filled in as they go. */
interface Progress {
  bare?: BareEngine;
  engine?: Engine;
  images?: readonly ResolvedImage[];
  missing?: readonly MissingImage[];
  all?: readonly Service[];
  project?: Project;
  /** nothing of this lab was there before */
  fresh?: boolean;
  engineMs: number;
  imagesMs: number;
  readonly readyMs: Record<string, number>;
  readonly warnings: Warning[];
}

/**
 * Options for a verb that works on the lab as the last lab:up made it: `lab:run` after `lab:up --set brokers=3` must
 * not take two brokers away. Its own --set holds for this once.
 */
export async function onceOptions(paths: Paths, options: UpOptions): Promise<UpOptions> {
  const state = await readState(paths.lab);
  return { ...options, config: options.config ?? state?.options.config, set: state?.options.set, once: options.set };
}

/** The configuration under these options. */
export function configOf({ project, config, set = [], once = [] }: UpOptions): Promise<Config> {
  return loadConfig(project, { config, set: [...set, ...once] });
}

/** Brings the lab up. Errors: those of configuration, engine, images, compose and readiness, all coded. */
export async function bringUp(options: UpOptions, io: Io): Promise<Up> {
  const host = realHost(io.env);
  const paths = labPaths(options.project, io.env);
  const config = await configOf(options);
  const startMs = io.now();
  const progress: Progress = { engineMs: 0, imagesMs: 0, readyMs: {}, warnings: [] };
  const deps = { host, paths, signal: io.signal };

  const steps = [engineStep(deps, io), imagesStep(deps, io, config, options), servicesStep(deps, config, options)];
  try {
    await runSteps(io, steps, progress);
  } catch (error) {
    if (io.signal.aborted) await undo(io, progress, config);
    throw error;
  }

  const { engine, project } = progress;
  if (!engine || !project) throw new Error('steps ended without engine or project');
  return {
    lab: { config, paths, engine, project, addresses: addresses(project.context, project.services) },
    warnings: progress.warnings,
    seconds: {
      engine: progress.engineMs / 1000,
      images: progress.imagesMs / 1000,
      total: (io.now() - startMs) / 1000,
      ready: Object.fromEntries(Object.entries(progress.readyMs).map(([name, ms]) => [name, ms / 1000])),
    },
  };
}

/** Engine and images alone, without starting a service. */
export async function prepareImages(
  options: UpOptions,
  io: Io,
): Promise<{ readonly images: readonly ResolvedImage[]; readonly missing: readonly MissingImage[] }> {
  const deps = { host: realHost(io.env), paths: labPaths(options.project, io.env), signal: io.signal };
  const config = await configOf(options);
  const progress: Progress = { engineMs: 0, imagesMs: 0, readyMs: {}, warnings: [] };
  await runSteps(io, [engineStep(deps, io), imagesStep(deps, io, config, options)], progress);
  return { images: needed(progress.images), missing: needed(progress.missing) };
}

/** Ctrl-C: what this command started is stopped again; a lab that was up before goes on as it is. */
async function undo(io: Io, { engine, fresh }: Progress, config: Config): Promise<void> {
  if (!engine || !fresh) return;
  io.stderr('interrupted: taking down what was started\n');
  await takeDown(engine.api, config.name, { volumes: false });
}

interface Deps {
  readonly host: Host;
  readonly paths: Paths;
  readonly signal: AbortSignal;
}

function engineStep(deps: Deps, io: Io): Step<Progress> {
  return {
    title: 'engine',
    run: async (progress, tell) => {
      const startMs = io.now();
      progress.bare = await startEngine({ ...deps, onProgress: tell });
      progress.engineMs = io.now() - startMs;
    },
  };
}

/** Compose's own build, where one is needed, goes on beside the images. */
function imagesStep(deps: Deps, io: Io, config: Config, options: UpOptions): Step<Progress> {
  return {
    title: 'images and docker compose',
    run: async (progress, tell) => {
      const engine = needed(progress.bare);
      const startMs = io.now();
      const all = services(labContext(config, deps.paths, engine, deps.host.uid));
      const describe = imageLine(io.isTTY);
      const onStep = (step: ImageStep): void => {
        const line = describe(step);
        if (line !== undefined) tell(line);
      };
      const [compose, resolved] = await Promise.all([
        ensureCompose({ ...deps, onProgress: tell }),
        resolveImages(
          {
            ...deps,
            engine,
            now: io.now,
            goToolchain: () => goToolchain(deps),
            onStep,
          },
          all.map((service) => service.image),
          imagesConfig(config),
        ),
      ]);
      progress.engine = withCompose(engine, compose);
      progress.all = all;
      progress.images = resolved.images;
      progress.missing = resolved.missing;
      progress.imagesMs = io.now() - startMs;
      refuseMissing(all, resolved.missing, options.requireAll === true);
    },
  };
}

/** A missing image is a fault when the lab cannot do its main job without it, or when all were asked for. */
function refuseMissing(all: readonly Service[], missing: readonly MissingImage[], requireAll: boolean): void {
  for (const image of missing) {
    const service = all.find((s) => s.image.name === image.name && (requireAll || !s.optional));
    if (!service) continue;
    throw new LabError({
      code: 'IMAGE_UNAVAILABLE',
      message: `the image of ${service.name} can be neither pulled nor built: ${image.why}`,
      hint: requireAll
        ? 'leave out --require-all to do without it, or name a registry that has it with images.mirror'
        : 'name a registry that has it with images.mirror, or an image with images.overrides',
    });
  }
}

function servicesStep(deps: Deps, config: Config, options: UpOptions): Step<Progress> {
  return {
    title: 'services',
    parallel: true,
    run: async (progress) => {
      const engine = needed(progress.engine);
      const all = needed(progress.all);
      const context = labContext(config, deps.paths, engine, deps.host.uid);
      const names = all.map((service) => service.name);
      const own = await readOwnTarget(deps.host, engine, config, deps.paths.project, names);
      const watched = watchOwn(config, Object.keys(own?.services ?? {}));
      const { project, files } = assemble(
        context,
        all,
        needed(progress.images),
        needed(progress.missing),
        own,
        watched,
      );
      progress.project = project;
      const before = await labContainers(engine.api, config.name);
      progress.fresh = before.size === 0;
      await checkPorts(engine, config, project.services);
      await writeGenerated(deps.paths.lab, files);
      await grafanaPassword(deps.paths.lab);
      // before anything starts: a lab that fails half way can then be looked at and taken down
      await writeState(deps.paths.lab, {
        schema: 1,
        config,
        options: { config: options.config, set: [...(options.set ?? [])] },
        own: watched.map((service) => service.name),
        images: [...project.images],
        missing: [...project.missing],
      });
      const started = startServices(deps, engine, project, before);
      return [
        { title: 'docker compose up', run: () => started.compose.then(() => undefined) },
        ...[...started.ready].map(
          ([name, ready]): Step<Progress> => ({
            title: name,
            run: async (shared) => {
              shared.readyMs[name] = (await ready).readyMs;
            },
          }),
        ),
        topicsStep(project, config, started.ready),
      ];
    },
  };
}

/** Topics are made as soon as the brokers are ready, beside the other services. */
function topicsStep(project: Project, config: Config, ready: Started['ready']): Step<Progress> {
  const brokers = project.services.filter((service) => service.component === 'kafka');
  return {
    title: 'topics',
    run: async (progress) => {
      await Promise.all(brokers.map((broker) => ready.get(broker.name)));
      const { bootstrap } = addresses(project.context, project.services);
      progress.warnings.push(...(await ensureTopics(bootstrap, configuredTopics(config))).warnings);
    },
  };
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a step before this one did not do its part');
  return value;
}
