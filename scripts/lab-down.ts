// lab:down — stops the lab; with --volumes its data too, with --engine the engine that the lab itself started.
import { runCommand, verbCommand } from '../src/cli.ts';
import { defaultConfig } from '../src/config/schema.ts';
import { findEngine } from '../src/engine/find.ts';
import { stopEngine } from '../src/engine/stop.ts';
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
      const engine = await findEngine(deps);
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

if (import.meta.main) await runVerb(main);
