// Where engines may listen: DOCKER_HOST, the docker client's context, the default socket, in that order.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type Docker from 'dockerode';
import { LabError } from '../errors.ts';
import type { EngineDeps } from './deps.ts';

/** One place where an engine may listen. */
export interface Endpoint {
  /** as for DOCKER_HOST: unix:///run/docker.sock, tcp://127.0.0.1:2375, npipe:////./pipe/docker_engine */
  readonly host: string;
  /** who says so, for messages: DOCKER_HOST, docker context "colima", default socket */
  readonly source: string;
  /** folder with ca.pem, cert.pem and key.pem, when the endpoint speaks TLS */
  readonly certPath?: string;
}

/** The endpoints to try in order. DOCKER_HOST, when set, is the only one. */
export async function endpoints(deps: EngineDeps): Promise<readonly Endpoint[]> {
  const { env } = deps.host;
  if (env.DOCKER_HOST) {
    const tls = env.DOCKER_TLS_VERIFY && env.DOCKER_CERT_PATH ? { certPath: env.DOCKER_CERT_PATH } : {};
    return [{ host: env.DOCKER_HOST, source: 'DOCKER_HOST', ...tls }];
  }
  const context = await contextEndpoint(deps);
  const standard = defaultEndpoint(deps);
  return context && context.host !== standard.host ? [context, standard] : [standard];
}

function defaultEndpoint(deps: EngineDeps): Endpoint {
  const windows = deps.host.platform === 'win32';
  const host = windows ? 'npipe:////./pipe/docker_engine' : `unix://${deps.defaultSocket ?? '/var/run/docker.sock'}`;
  return { host, source: 'default socket' };
}

/** What `docker context inspect` says of the current context; undefined without a client, or for the default context. */
async function contextEndpoint(deps: EngineDeps): Promise<Endpoint | undefined> {
  const result = await deps.host.run('docker', ['context', 'inspect'], { timeoutMs: 10_000 });
  if (result.exitCode !== 0) return undefined;
  return parseContext(result.stdout);
}

interface InspectedContext {
  readonly Name?: string;
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
  readonly TLSMaterial?: { readonly docker?: readonly string[] };
  readonly Storage?: { readonly TLSPath?: string };
}

/** The endpoint in the output of `docker context inspect`. */
export function parseContext(json: string): Endpoint | undefined {
  let contexts: readonly InspectedContext[];
  try {
    contexts = JSON.parse(json) as readonly InspectedContext[];
  } catch {
    return undefined;
  }
  const context = contexts[0];
  const host = context?.Endpoints?.docker?.Host;
  // The default context's socket is tried anyway, under its own name.
  if (!context || !host || context.Name === 'default') return undefined;
  const tlsPath = context.TLSMaterial?.docker?.length ? context.Storage?.TLSPath : undefined;
  return {
    host,
    source: `docker context "${context.Name ?? '?'}"`,
    ...(tlsPath ? { certPath: path.join(tlsPath, 'docker') } : {}),
  };
}

/**
 * Options for dockerode. Every field that dockerode would otherwise take from this process' DOCKER_HOST is given.
 * Fails for an address that is not one, and for ssh: the lab's bind mounts and ports need a local engine.
 */
export function clientOptions(endpoint: Endpoint): Docker.DockerOptions {
  const { host } = endpoint;
  if (host.startsWith('unix://')) return { host: '', socketPath: host.slice('unix://'.length) };
  if (host.startsWith('npipe://')) return { host: '', socketPath: host.slice('npipe://'.length) };
  const url = URL.parse(host.includes('//') ? host : `tcp://${host}`);
  if (!url?.hostname || !['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    throw new LabError({
      code: 'ENGINE_ADDRESS',
      message: `${endpoint.source} says ${host}, which the lab cannot use`,
      hint: 'use a unix:// or tcp:// address of an engine on this machine: the lab mounts local files and publishes ports on 127.0.0.1',
    });
  }
  const tls = endpoint.certPath ? readCertificates(endpoint.certPath) : {};
  const secure = endpoint.certPath !== undefined || url.protocol === 'https:';
  return {
    host: url.hostname,
    port: Number(url.port || (secure ? 2376 : 2375)),
    protocol: secure ? 'https' : 'http',
    ...tls,
  };
}

function readCertificates(folder: string): Pick<Docker.DockerOptions, 'ca' | 'cert' | 'key'> {
  const read = (name: string): Buffer | undefined => {
    const file = path.join(folder, name);
    return existsSync(file) ? readFileSync(file) : undefined;
  };
  const [ca, cert, key] = [read('ca.pem'), read('cert.pem'), read('key.pem')];
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}
