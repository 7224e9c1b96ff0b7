// An engine for the lab, whatever it takes: the one that answers, or the lab's own. And its end.
import { existsSync } from 'node:fs';
import { LabError } from '../errors.ts';
import { ensureCompose, withCompose } from './compose.ts';
import type { NoAnswer } from './connect.ts';
import type { EngineDeps } from './deps.ts';
import type { BareEngine, Engine } from './engine.ts';
import { findBareEngine, ownEngine, searchEngine } from './find.ts';
import { engineLayout } from './own/layout.ts';
import { startOwnEngine } from './own/start.ts';
import { stopOwnEngine } from './own/stop.ts';

/**
 * The engine that answers, otherwise the lab's own, started. Compose is not part of it: `ensureCompose` may take
 * minutes where it has to be built, and can run at the same time. Errors: see `findEngine` and `startOwnEngine`.
 */
export async function startEngine(deps: EngineDeps): Promise<BareEngine> {
  const found = await findBareEngine(deps);
  if (found) return found;
  const obstacle = await ownEngineObstacle(deps);
  if (obstacle) throw missing(obstacle, (await searchEngine(deps)).tried);
  return ownEngine(deps, await startOwnEngine(deps));
}

/** Engine and compose, made ready at the same time. */
export async function ensureEngine(deps: EngineDeps): Promise<Engine> {
  const stop = new AbortController();
  const signal = deps.signal ? AbortSignal.any([deps.signal, stop.signal]) : stop.signal;
  const compose = ensureCompose({ ...deps, signal });
  compose.catch(() => {}); // told below, unless the engine fails first
  try {
    return withCompose(await startEngine(deps), await compose);
  } catch (error) {
    stop.abort();
    throw error;
  }
}

export type StopResult =
  /** `left` is empty, or a line for each thing that could not be removed */
  | { readonly kind: 'stopped'; readonly left: readonly string[] }
  | { readonly kind: 'not-running'; readonly left: readonly string[] }
  /** somebody else's engine: it is left alone */
  | { readonly kind: 'foreign'; readonly host: string };

/** Stops the lab's own engine and removes what it, or one that was killed, left. Never stops anybody else's. */
export async function stopEngine(deps: EngineDeps): Promise<StopResult> {
  const layout = engineLayout(deps);
  const traces = existsSync(layout.home) || existsSync(layout.runtime);
  if (traces && !(await ownEngineObstacle(deps))) {
    const { ran, left } = await stopOwnEngine(deps);
    if (ran || left.length > 0) return { kind: ran ? 'stopped' : 'not-running', left };
  }
  const { engine } = await searchEngine(deps);
  return engine ? { kind: 'foreign', host: engine.host } : { kind: 'not-running', left: [] };
}

export interface Obstacle {
  readonly message: string;
  readonly hint: string;
}

const installDocker = 'https://docs.docker.com/engine/install/';

/** Why the lab cannot bring an engine of its own to this machine; undefined when it can. */
export async function ownEngineObstacle({ host }: EngineDeps): Promise<Obstacle | undefined> {
  if (host.platform === 'darwin' || host.platform === 'win32') {
    return {
      message: `the lab brings an engine of its own on Linux only`,
      hint: 'install Docker Desktop (https://docs.docker.com/desktop/) and start it',
    };
  }
  if (host.platform !== 'linux') {
    return { message: `no engine for ${host.platform}`, hint: 'run the lab on Linux, macOS or Windows' };
  }
  if (host.uid !== 0) {
    return {
      message: 'this user is not root, and only root can start the lab’s own engine',
      hint: `install Docker (${installDocker}) and add yourself to its group: sudo usermod -aG docker $USER; or run the lab as root`,
    };
  }
  if ((await host.run('apt-get', ['--version'])).exitCode !== 0) {
    return {
      message: 'this machine has no apt, from whose packages the lab’s own engine is made',
      hint: `install Docker (${installDocker}) and start it`,
    };
  }
  return undefined;
}

function missing(obstacle: Obstacle, tried: readonly NoAnswer[]): LabError {
  const denied = tried.find((attempt) => attempt.denied);
  const detail = tried.map(({ endpoint, why }) => `${endpoint.source}, ${endpoint.host}: ${why}`).join('\n');
  if (denied) {
    return new LabError({
      code: 'ENGINE_DENIED',
      message: `this user may not talk to the Docker engine at ${denied.endpoint.host}`,
      hint: 'add yourself to its group and log in again: sudo usermod -aG docker $USER',
      detail,
    });
  }
  return new LabError({
    code: 'ENGINE_MISSING',
    message: `no Docker engine answers, and ${obstacle.message}`,
    hint: obstacle.hint,
    detail,
  });
}
