// lab:down — stops the lab; with --volumes its data too, with --engine the engine that the lab itself started.
import { runCommand, verbCommand } from '../src/cli.ts';
import { defaultConfig } from '../src/config/schema.ts';
import { type StopResult, stopEngine } from '../src/engine/ensure.ts';
import { findBareEngine } from '../src/engine/find.ts';
import { exitCode } from '../src/errors.ts';
import { realHost } from '../src/host.ts';
import { type Io, runVerb } from '../src/io.ts';
import { takeDown } from '../src/lab/down.ts';
import { withLock } from '../src/lab/lock.ts';
import { readState } from '../src/lab/state.ts';
import { labPaths, projectRoot } from '../src/paths.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const command = verbCommand('lab:down', 'Stop the lab and remove its containers and networks.', io)
      .option('--volumes', "remove Kafka's and Prometheus' data as well")
      .option('--engine', 'stop the engine too, if the lab started it')
      .parse([...args], { from: 'user' });
    const options = command.opts();
    const paths = labPaths(projectRoot, io.env);
    const deps = { host: realHost(io.env), paths, signal: io.signal };
    return withLock(paths.lab, 'lab:down', async () => {
      const state = await readState(paths.lab);
      const engine = await findBareEngine(deps);
      if (!engine) {
        io.stdout('no engine runs, so the lab is down\n');
        // what a crash left behind is cleaned all the same
        if (options.engine) io.stdout(`${describe(await stopEngine(deps))}\n`);
        return exitCode.ok;
      }
      await takeDown(engine.api, state?.config.name ?? defaultConfig.name, { volumes: options.volumes === true });
      io.stdout('the lab is down\n');
      if (options.engine) io.stdout(`${describe(await stopEngine(deps))}\n`);
      return exitCode.ok;
    });
  });
}

function describe(result: StopResult): string {
  switch (result.kind) {
    case 'foreign':
      return `the engine at ${result.host} is not the lab's own, so it goes on running`;
    case 'not-running':
      return ["the lab's own engine does not run", ...result.left].join('\n  left behind: ');
    case 'stopped':
      return ["the lab's own engine is stopped", ...result.left].join('\n  left behind: ');
  }
}

if (import.meta.main) await runVerb(main);
