// Calls docker compose and turns what it says into coded faults.
import type { Engine } from '../engine/engine.ts';
import { LabError } from '../errors.ts';
import type { Host } from '../host.ts';

/** Arguments that bring the services of a compose file up; containers of services that are gone are removed. */
export function upArguments(composeFile: string): readonly string[] {
  return ['-f', composeFile, 'up', '--detach', '--remove-orphans', '--quiet-pull'];
}

/** The command line as a user would type it. */
export function commandLine(engine: Engine, args: readonly string[]): string {
  return [`DOCKER_HOST=${engine.host}`, ...engine.compose, ...args].join(' ');
}

const known: readonly {
  readonly pattern: RegExp;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}[] = [
  {
    pattern: /port is already allocated|address already in use/i,
    code: 'PORT_TAKEN',
    message: 'a port that the lab publishes is taken',
    hint: 'see `npm run lab:doctor` for its owner, or choose another port under `ports` in lab.yaml',
  },
  {
    pattern: /Pool overlaps with other one|invalid pool request/i,
    code: 'SUBNET_TAKEN',
    message: "the lab's network overlaps with one that this machine has already",
    hint: 'choose a free /24 with network.subnet in lab.yaml',
  },
  {
    pattern: /no space left on device/i,
    code: 'NO_DISK_SPACE',
    message: 'the engine has no disk space left',
    hint: 'free some: `docker system prune` on your own engine, `npm run lab:down -- --volumes` for the lab',
  },
];

/** Runs compose to its end. Errors: PORT_TAKEN, SUBNET_TAKEN, NO_DISK_SPACE, COMPOSE_FAILED. */
export async function runCompose(
  host: Host,
  engine: Engine,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const [command = '', ...leading] = engine.compose;
  const result = await host.run(command, [...leading, ...args], {
    env: { ...engine.env, COMPOSE_PROGRESS: 'plain', COMPOSE_ANSI: 'never' },
    ...(signal ? { signal } : {}),
  });
  // `up` that was interrupted exits 0: the signal decides, not the exit code
  signal?.throwIfAborted();
  if (result.exitCode === 0) return;
  const output = `${result.stdout}\n${result.stderr}`.trim();
  const fault = known.find(({ pattern }) => pattern.test(output)) ?? {
    code: 'COMPOSE_FAILED',
    message: `docker compose failed (exit ${result.exitCode ?? 'by signal'})`,
    hint: `run it by hand to see more: ${commandLine(engine, args)}`,
  };
  throw new LabError({
    code: fault.code,
    message: fault.message,
    hint: fault.hint,
    detail: output.split('\n').slice(-12).join('\n'),
  });
}
