// A user's own system under test: reads their compose file as compose itself understands it.
import path from 'node:path';
import type { OwnTarget } from '../../compose/project.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';
import { exitCode, LabError } from '../errors.ts';
import { type Host, mustRun } from '../host.ts';
import type { Watched } from './lab.ts';

interface ComposeConfig {
  readonly services?: OwnTarget['services'];
  readonly volumes?: OwnTarget['volumes'];
}

/**
 * Services and volumes of `target.file`, with paths made absolute and variables filled in by compose.
 * Errors: TARGET_COMPOSE (compose refuses the file), TARGET_CLASH (a service named like one of the lab's).
 */
export async function readOwnTarget(
  host: Host,
  engine: Engine,
  config: Config,
  project: string,
  labServices: readonly string[],
): Promise<OwnTarget | undefined> {
  if (config.target.kind !== 'compose') return undefined;
  const file = path.resolve(project, config.target.file);
  const [command = '', ...leading] = engine.compose;
  const text = await mustRun(
    host,
    command,
    [...leading, '-f', file, 'config', '--format', 'json'],
    {
      code: 'TARGET_COMPOSE',
      message: `docker compose does not accept ${config.target.file}`,
      hint: 'fix the file that target.file in lab.yaml names; docs/examples/own-target has an example',
    },
    { env: engine.env },
  );
  const { services = {}, volumes = {} } = JSON.parse(text) as ComposeConfig;
  const clash = Object.keys(services).find((name) => labServices.includes(name));
  if (clash) {
    throw new LabError({
      code: 'TARGET_CLASH',
      message: `${config.target.file} has a service named ${clash}, which the lab has already`,
      hint: `rename it; the lab's own services are ${labServices.join(', ')}`,
      exit: exitCode.usage,
    });
  }
  return { services, volumes };
}

/** How long a service of the user's may take until it is ready. */
const readyTimeoutMs = 120_000;

/** The user's services as the lab watches them: running and healthy, and the one that `healthUrl` names answers there. */
export function watchOwn(config: Config, services: readonly string[]): readonly Watched[] {
  const url = config.target.kind === 'compose' ? config.target.healthUrl : undefined;
  const host = url === undefined ? undefined : new URL(url).hostname;
  const asked = services.find((name) => name === host) ?? services[0];
  return services.map((name) => ({
    name,
    readyTimeoutMs,
    ready:
      url !== undefined && name === asked
        ? { kind: 'inside', service: 'prometheus', url }
        : { kind: 'healthy-or-done' },
  }));
}
