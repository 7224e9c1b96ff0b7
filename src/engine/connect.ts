// Talks to one endpoint: does an engine answer, which API version is spoken, what does `docker info` say.
import Docker from 'dockerode';
import semver from 'semver';
import { clientOptions, type Endpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';

export interface Connection {
  readonly version: string;
  readonly apiVersion: string;
  readonly api: Docker;
  readonly facts: Engine['facts'];
}

/** An endpoint where no engine answered, and why. */
export interface NoAnswer {
  readonly endpoint: Endpoint;
  readonly why: string;
  /** something listens there, but this user may not talk to it */
  readonly denied: boolean;
}

/** The newest API version whose answers the lab was written against; Docker 29 refuses older ones. */
const writtenFor = '1.44';

/**
 * The API version to speak, which dockerode does not negotiate: the engine's own when it is older than what the lab
 * was written for, the oldest that the engine still takes when it is much newer.
 */
export function negotiate(newest: string, oldest: string | undefined): string {
  const number = (version: string): semver.SemVer => semver.coerce(version) ?? new semver.SemVer('0.0.0');
  if (semver.lt(number(newest), number(writtenFor))) return newest;
  return oldest && semver.gt(number(oldest), number(writtenFor)) ? oldest : writtenFor;
}

/** Connects to the engine at an endpoint; NoAnswer when none answers within timeoutMs. */
export async function connect(endpoint: Endpoint, timeoutMs = 10_000): Promise<Connection | NoAnswer> {
  const options = clientOptions(endpoint);
  const probe = new Docker({ ...options, timeout: timeoutMs });
  try {
    const version = (await probe.version()) as Docker.DockerVersion & { readonly MinAPIVersion?: string };
    const apiVersion = negotiate(version.ApiVersion, version.MinAPIVersion);
    const info = (await new Docker({ ...options, timeout: timeoutMs, version: `v${apiVersion}` }).info()) as DockerInfo;
    return {
      version: version.Version,
      apiVersion,
      api: new Docker({ ...options, version: `v${apiVersion}` }),
      facts: engineFacts(endpoint.host, info),
    };
  } catch (error) {
    const fault = error as NodeJS.ErrnoException;
    return { endpoint, why: reason(fault, timeoutMs), denied: fault.code === 'EACCES' || fault.code === 'EPERM' };
  }
}

function reason(fault: NodeJS.ErrnoException, timeoutMs: number): string {
  switch (fault.code) {
    case 'ENOENT':
      return 'no such socket';
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not open the socket';
    case 'ECONNRESET':
      return `no answer within ${timeoutMs / 1000} s`;
    default:
      return fault.message;
  }
}

/** What the lab reads of `docker info`. */
interface DockerInfo {
  readonly DockerRootDir: string;
  readonly CgroupVersion?: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly KernelVersion: string;
  readonly Architecture: string;
  readonly OperatingSystem?: string;
}

/** Facts of an engine. Under Docker Desktop the engine's host is its virtual machine, with the socket at its usual place. */
function engineFacts(host: string, info: DockerInfo): Engine['facts'] {
  const local = host.startsWith('unix://') && info.OperatingSystem !== 'Docker Desktop';
  return {
    socketPath: local ? host.slice('unix://'.length) : '/var/run/docker.sock',
    dataRoot: info.DockerRootDir,
    cgroupVersion: info.CgroupVersion === '2' ? '2' : '1',
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    kernel: info.KernelVersion,
    architecture: info.Architecture,
  };
}
