// Starts the services through compose and watches each of them until it is ready.
import type { Engine } from '../engine/engine.ts';
import { LabError } from '../errors.ts';
import type { Host } from '../host.ts';
import { runCompose, upArguments } from './compose-up.ts';
import type { ContainerState } from './containers.ts';
import type { Project, Watched } from './lab.ts';
import { engineProbes } from './probes.ts';
import { hasEnded, type Probes, type Ready, serviceExited, waitReady } from './readiness.ts';

export interface Started {
  /** settled when compose is done; rejected with its fault */
  readonly compose: Promise<void>;
  /** by service; the first failure ends the waiting of all */
  readonly ready: ReadonlyMap<string, Promise<Ready>>;
}

/**
 * compose starts the services in order; every service is watched from the first moment, so that a death shows at once.
 * Containers that were dead `before` are no news until compose is done with them.
 */
export function startServices(
  deps: { readonly host: Host; readonly signal: AbortSignal },
  engine: Engine,
  project: Project,
  before: ReadonlyMap<string, ContainerState>,
): Started {
  const failed = new AbortController();
  const probes = engineProbes(engine, project.name);
  const compose = runCompose(deps.host, engine, upArguments(project.composeFile), deps.signal).catch(async (fault) => {
    throw await closerFault(fault, probes);
  });
  const deadBefore = new Set([...before.values()].filter((c) => c.state !== 'running').map((c) => c.id));
  let composing = true;
  const composed = (): void => {
    composing = false;
  };
  compose.then(composed, composed);
  const start: Start = {
    compose,
    probes,
    signal: AbortSignal.any([deps.signal, failed.signal]),
    aboutToStart: (id) => composing && deadBefore.has(id),
  };
  const services = project.services.filter((service) => service.ready.kind !== 'on-demand');
  const watched: readonly Watched[] = [...services, ...project.own];
  const ready = new Map(watched.map((service) => [service.name, readyAfter(service, start)]));
  for (const promise of [compose, ...ready.values()]) promise.catch((error) => failed.abort(error));
  return { compose, ready };
}

/**
 * compose may notice a death before the watchers do, and knows less of it: "dependency failed to start". Then the fault is
 * that of the service, with its last lines.
 */
export async function closerFault(fault: unknown, probes: Pick<Probes, 'containers' | 'log'>): Promise<unknown> {
  if (!(fault instanceof LabError) || fault.code !== 'COMPOSE_FAILED') return fault;
  const ended = [...(await probes.containers()).values()].find(
    (c) => hasEnded(c) && !c.status.startsWith('Exited (0)'),
  );
  return ended ? serviceExited(ended, await probes.log(ended.id)) : fault;
}

interface Start {
  readonly compose: Promise<void>;
  readonly probes: Probes;
  readonly signal: AbortSignal;
  readonly aboutToStart: (containerId: string) => boolean;
}

/** Ready with the container that compose leaves running: one that it replaces was ready, too, a moment ago. */
async function readyAfter(service: Watched, { compose, probes, signal, aboutToStart }: Start): Promise<Ready> {
  const first = await waitReady(service, probes, signal, aboutToStart);
  await compose;
  const current = (await probes.containers()).get(service.name);
  return current?.id === first.containerId ? first : waitReady(service, probes, signal);
}
