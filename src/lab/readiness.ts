// Waits until services are ready: typed conditions with deadlines that fail as soon as a container has exited.
import { setTimeout as delay } from 'node:timers/promises';
import type { Readiness } from '../../compose/service.ts';
import { LabError } from '../errors.ts';
import type { ContainerState } from './containers.ts';
import type { Watched } from './lab.ts';

/** What the conditions need of the world. */
export interface Probes {
  readonly fetch: typeof fetch;
  /** all containers of the lab, as of now */
  readonly containers: () => Promise<ReadonlyMap<string, ContainerState>>;
  /** last lines of a container's log */
  readonly log: (containerId: string) => Promise<string>;
  /** runs a command in a service's container; the exit code */
  readonly exec: (containerId: string, command: readonly string[]) => Promise<number>;
  /** number of brokers that answer an API request at this bootstrap address; throws while none does */
  readonly brokerCount: (bootstrap: string) => Promise<number>;
  readonly now: () => number;
}

/** Why a condition does not hold yet, or undefined when it does. */
export type Unmet = string | undefined;

const pollIntervalMs = 200;
const requestTimeoutMs = 2_000;

/** Looks once. Never throws: whatever goes wrong is the reason why the condition does not hold. */
export async function check(
  ready: Readiness,
  container: ContainerState | undefined,
  containers: ReadonlyMap<string, ContainerState>,
  probes: Probes,
): Promise<Unmet> {
  if (ready.kind === 'on-demand') return undefined;
  if (!container) return 'no container yet';
  if (ready.kind === 'healthy-or-done' && container.status.startsWith('Exited (0)')) return undefined;
  if (container.state !== 'running') return `container is ${container.state}`;
  if (container.health && container.health !== 'healthy') return `health check: ${container.health}`;
  try {
    switch (ready.kind) {
      case 'healthy':
      case 'healthy-or-done':
        return undefined;
      case 'http':
        await get(ready.url, probes);
        return undefined;
      case 'series':
        return seriesMissing(await get(ready.url, probes), ready.series);
      case 'brokers': {
        const count = await probes.brokerCount(ready.bootstrap);
        return count >= ready.count ? undefined : `${count} of ${ready.count} brokers`;
      }
      case 'inside': {
        const asker = containers.get(ready.service);
        if (!asker) return `no container of ${ready.service} yet`;
        // not wget's own -T: Debian's busybox 1.35 crashes on it
        const exit = await probes.exec(asker.id, ['timeout', '2', 'wget', '-q', '-O', '/dev/null', ready.url]);
        return exit === 0 ? undefined : `${ready.url} does not answer inside the lab`;
      }
      case 'targets-up':
        await get(`${ready.url}/-/ready`, probes);
        return targetsDown(await get(`${ready.url}/api/v1/targets?state=active`, probes));
    }
  } catch (error) {
    return reason(error);
  }
}

export interface Ready {
  readonly readyMs: number;
  /** the container that was ready; compose may be about to replace it */
  readonly containerId: string | undefined;
}

/** Polls until the service is ready. Errors: SERVICE_EXITED, SERVICE_NOT_READY, each with the container's last lines. */
export async function waitReady(
  service: Watched,
  probes: Probes,
  signal: AbortSignal,
  /** a container that has exited, but is about to be started again */
  aboutToStart: (containerId: string) => boolean = () => false,
): Promise<Ready> {
  const startMs = probes.now();
  for (;;) {
    signal.throwIfAborted();
    const containers = await probes.containers();
    const container = containers.get(service.name);
    const unmet = await check(service.ready, container, containers, probes);
    const elapsedMs = probes.now() - startMs;
    if (unmet === undefined) return { readyMs: elapsedMs, containerId: container?.id };
    if (container && hasEnded(container) && !aboutToStart(container.id)) {
      throw serviceExited(container, await probes.log(container.id));
    }
    if (elapsedMs > service.readyTimeoutMs) {
      throw new LabError({
        code: 'SERVICE_NOT_READY',
        message: `${service.name} is not ready after ${Math.round(elapsedMs / 1000)} s: ${unmet}`,
        hint: 'is the machine short of CPU or memory (npm run lab:doctor)? See `npm run lab:status` for the others',
        ...(container ? { detail: await probes.log(container.id) } : {}),
      });
    }
    await delay(pollIntervalMs, undefined, { signal });
  }
}

/** The fault of a service whose container ended before it was ready. */
export function serviceExited({ service, status }: ContainerState, log: string): LabError {
  return new LabError({
    code: 'SERVICE_EXITED',
    message: `${service} exited while starting (${status})`,
    hint: 'its last lines are above; `npm run lab:down` and another `npm run lab:up` start afresh',
    detail: log,
  });
}

export function hasEnded({ state }: ContainerState): boolean {
  return state === 'exited' || state === 'dead';
}

async function get(url: string, probes: Probes): Promise<string> {
  const response = await probes.fetch(url, { signal: AbortSignal.timeout(requestTimeoutMs) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${body.slice(0, 120)}`);
  return body;
}

function seriesMissing(exposition: string, series: string): Unmet {
  return exposition.startsWith(series) || exposition.includes(`\n${series}`) ? undefined : `no series ${series} yet`;
}

interface TargetsAnswer {
  readonly data: {
    readonly activeTargets: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly health: 'up' | 'down' | 'unknown';
      readonly lastError: string;
    }[];
  };
}

function targetsDown(body: string): Unmet {
  const { activeTargets } = (JSON.parse(body) as TargetsAnswer).data;
  const waiting = activeTargets.filter((target) => target.health !== 'up');
  if (activeTargets.length === 0) return 'no scrape targets yet';
  if (waiting.length === 0) return undefined;
  const named = waiting.map(({ labels, lastError }) => `${labels.instance}${lastError ? ` (${lastError})` : ''}`);
  return `scrape targets not up yet: ${named.join(', ')}`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
