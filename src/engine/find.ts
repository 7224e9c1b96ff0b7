// Finds the engine that the lab works with, or says where it looked.

import path from 'node:path';
import { LabError } from '../errors.ts';
import { type Compose, ensureCompose, withCompose } from './compose.ts';
import { type Connection, connect, type NoAnswer } from './connect.ts';
import type { EngineDeps } from './deps.ts';
import { type Endpoint, endpoints } from './endpoint.ts';
import type { BareEngine, Engine } from './engine.ts';
import { engineLayout, type Layout } from './own/layout.ts';
import { findUnpacked } from './own/unpack.ts';

export interface Search {
  readonly engine?: BareEngine;
  /** where no engine answered, in the order tried */
  readonly tried: readonly NoAnswer[];
}

/** Tries DOCKER_HOST, or else the docker context, the default socket and the lab's own engine. */
export async function searchEngine(deps: EngineDeps): Promise<Search> {
  const layout = engineLayout(deps);
  const places = await endpoints(deps);
  const withOwn = deps.host.platform === 'linux' && !deps.host.env.DOCKER_HOST;
  const tried: NoAnswer[] = [];
  for (const endpoint of withOwn ? [...places, ownEndpoint(layout)] : places) {
    const connection = await connect(endpoint);
    if ('api' in connection) return { engine: await bareEngine(deps, layout, endpoint, connection), tried };
    tried.push(connection);
  }
  return { tried };
}

/**
 * The engine that answers, with compose; undefined when none does.
 * ENGINE_UNREACHABLE when DOCKER_HOST is set and does not answer: what a user names is never replaced silently.
 */
export async function findEngine(deps: EngineDeps): Promise<Engine | undefined> {
  const engine = await findBareEngine(deps);
  if (!engine) return undefined;
  const compose: Compose = await ensureCompose(deps);
  return withCompose(engine, compose);
}

/** The same without compose, which may have to be built first. */
export async function findBareEngine(deps: EngineDeps): Promise<BareEngine | undefined> {
  const { engine, tried } = await searchEngine(deps);
  if (engine) return engine;
  const named = deps.host.env.DOCKER_HOST ? tried[0] : undefined;
  if (named) {
    throw new LabError({
      code: 'ENGINE_UNREACHABLE',
      message: `no Docker engine answers at DOCKER_HOST=${named.endpoint.host}: ${named.why}`,
      hint: 'start that engine, or take its address away: unset DOCKER_HOST',
    });
  }
  return undefined;
}

const ownEndpoint = (layout: Layout): Endpoint => ({ host: layout.host, source: "the lab's own engine" });

/** The lab's own engine, which was started just now. */
export async function ownEngine(deps: EngineDeps, layout: Layout): Promise<BareEngine> {
  const endpoint = ownEndpoint(layout);
  const connection = await connect(endpoint);
  if ('api' in connection) return bareEngine(deps, layout, endpoint, connection);
  throw new LabError({
    code: 'ENGINE_FAILED',
    message: `the lab's own engine stopped answering: ${connection.why}`,
    hint: `see its log: ${layout.log}`,
  });
}

async function bareEngine(
  deps: EngineDeps,
  layout: Layout,
  endpoint: Endpoint,
  connection: Connection,
): Promise<BareEngine> {
  const tls = endpoint.certPath ? { DOCKER_CERT_PATH: endpoint.certPath, DOCKER_TLS_VERIFY: '1' } : {};
  return {
    ...connection,
    host: endpoint.host,
    own: endpoint.host === layout.host,
    docker: await dockerClient(deps, layout),
    env: { DOCKER_HOST: endpoint.host, ...tls },
  };
}

/** The docker client: the machine's, or the one that came with the lab's own engine. */
async function dockerClient(deps: EngineDeps, layout: Layout): Promise<string> {
  if ((await deps.host.run('docker', ['--version'])).exitCode === 0) return 'docker';
  const unpacked = await findUnpacked(deps, layout);
  return unpacked ? path.join(unpacked.root, 'usr/bin/docker') : 'docker';
}
