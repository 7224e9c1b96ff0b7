// The real thing behind the readiness conditions: engine, network and clock.
import type { Engine } from '../engine/engine.ts';
import { brokersReady } from '../kafka/admin.ts';
import { labContainers, lastLines } from './containers.ts';
import type { Probes } from './readiness.ts';

/** A look at all containers is shared by everybody who asks within this time. */
const lookSharedMs = 100;

/** Probes of a lab on an engine. */
export function engineProbes(engine: Engine, project: string): Probes {
  let look: { readonly atMs: number; readonly containers: ReturnType<Probes['containers']> } | undefined;
  return {
    fetch,
    now: Date.now,
    log: (id) => lastLines(engine.api, id),
    brokerCount: (bootstrap) => brokersReady(bootstrap, 1, { timeoutMs: 1_000 }),
    exec: (id, command) => execIn(engine, id, command),
    containers: () => {
      if (!look || Date.now() - look.atMs > lookSharedMs) {
        look = { atMs: Date.now(), containers: labContainers(engine.api, project) };
      }
      return look.containers;
    },
  };
}

async function execIn(engine: Engine, containerId: string, command: readonly string[]): Promise<number> {
  const container = engine.api.getContainer(containerId);
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  stream.resume();
  await new Promise<void>((resolve, reject) => stream.on('end', resolve).on('close', resolve).on('error', reject));
  const { ExitCode } = await exec.inspect();
  return ExitCode ?? -1;
}
