// docker compose v2: the machine's own when it is new enough, otherwise built once from its Go module.
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import semver from 'semver';
import { LabError } from '../errors.ts';
import { type Host, mustRun } from '../host.ts';
import type { EngineDeps } from './deps.ts';
import { diskFault } from './disk.ts';
import type { BareEngine, Engine } from './engine.ts';
import { goToolchain } from './go.ts';
import { withLock } from './lock.ts';

export interface Compose {
  /** the command and its leading arguments */
  readonly command: readonly string[];
  readonly version: string;
}

/** The oldest compose that does what the lab needs: --wait, health conditions, include. */
export const oldestCompose = '2.20.0';
/** The version that is built where the machine has none. */
export const builtCompose = '2.40.3';

const composeModule = 'github.com/docker/compose/v2';

/** The engine with its compose. */
export function withCompose(engine: BareEngine, compose: Compose): Engine {
  return { ...engine, compose: compose.command, composeVersion: compose.version };
}

/** The machine's compose, whatever its version: the client's plugin, then the stand-alone program. */
export async function machineCompose(host: Host): Promise<Compose | undefined> {
  for (const command of [['docker', 'compose'], ['docker-compose']] as const) {
    const [program, ...before] = command;
    const result = await host.run(program, [...before, 'version', '--short']);
    const version = result.exitCode === 0 ? semver.coerce(result.stdout)?.version : undefined;
    if (version && semver.gte(version, '2.0.0')) return { command, version };
  }
  return undefined;
}

function builtPath(deps: EngineDeps): string {
  return path.join(
    deps.paths.cache,
    'compose',
    `docker-compose-${builtCompose}-${deps.host.platform}-${deps.host.architecture}`,
  );
}

/** A compose that can be used at once; undefined when it would have to be built. */
export async function findCompose(deps: EngineDeps): Promise<Compose | undefined> {
  const machine = await machineCompose(deps.host);
  if (machine && semver.gte(machine.version, oldestCompose)) return machine;
  const built = builtPath(deps);
  return existsSync(built) ? { command: [built], version: builtCompose } : undefined;
}

/**
 * A compose of at least `oldestCompose`; built where the machine has none, which takes about two minutes on two cores.
 * Errors: GO_MISSING, COMPOSE_BUILD, NO_DISK_SPACE.
 */
export async function ensureCompose(deps: EngineDeps): Promise<Compose> {
  const found = await findCompose(deps);
  if (found) return found;
  const built = builtPath(deps);
  await withLock(deps, path.dirname(built), 'compose', async () => {
    if (!existsSync(built)) await build(deps, built);
  });
  return { command: [built], version: builtCompose };
}

async function build(deps: EngineDeps, target: string): Promise<void> {
  const { go, env } = await goToolchain(deps);
  const signal = deps.signal ? { signal: deps.signal } : {};
  const fault = {
    code: 'COMPOSE_BUILD',
    message: `docker compose ${builtCompose} cannot be built`,
    hint: `check Go's access to its modules (go env GOPROXY GOFLAGS), or install the compose plugin ${oldestCompose} or newer yourself`,
  };
  try {
    deps.onProgress?.(`downloading docker compose ${builtCompose}`);
    await mkdir(path.dirname(target), { recursive: true });
    const download = ['mod', 'download', '-json', `${composeModule}@v${builtCompose}`];
    const answer = await mustRun(deps.host, go, download, fault, { env, cwd: path.dirname(target), ...signal });
    const { Dir: folder } = JSON.parse(answer) as { readonly Dir: string };
    deps.onProgress?.(`building docker compose ${builtCompose}`);
    const ldflags = `-s -w -X ${composeModule}/internal.Version=v${builtCompose}`;
    const args = ['build', '-mod=readonly', '-trimpath', '-ldflags', ldflags, '-o', `${target}.new`, './cmd'];
    await mustRun(deps.host, go, args, fault, { env: { ...env, CGO_ENABLED: '0' }, cwd: folder, ...signal });
    await rename(`${target}.new`, target);
  } catch (error) {
    deps.signal?.throwIfAborted();
    if (error instanceof LabError && /no space left/i.test(error.detail ?? '')) throw diskFault(deps.paths.cache);
    throw error;
  }
}
