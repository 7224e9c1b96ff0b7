// lab:up — brings the lab up and says where everything is.
import { collect, runCommand, verbCommand } from '../src/cli.ts';
import { exitCode } from '../src/errors.ts';
import { type Io, runVerb } from '../src/io.ts';
import { dryRun } from '../src/lab/dry-run.ts';
import { withLock } from '../src/lab/lock.ts';
import { engineProbes } from '../src/lab/probes.ts';
import { renderUp } from '../src/lab/render.ts';
import { labStatus } from '../src/lab/status.ts';
import { bringUp } from '../src/lab/up.ts';
import { labPaths, projectRoot } from '../src/paths.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const command = verbCommand('lab:up', 'Bring the lab up, or bring a running one in line with lab.yaml.', io)
      .option('--config <file>', 'another file than lab.yaml')
      .option('--set <path=value>', 'override a key, may be repeated', collect)
      .option('--require-all', 'fail when a service cannot be had on this machine')
      .option('--dry-run', 'print the compose file and the commands, do nothing')
      .parse([...args], { from: 'user' });
    const options = { project: projectRoot, ...command.opts() };
    if (options.dryRun) {
      io.stdout(await dryRun(options, io));
      return exitCode.ok;
    }
    return withLock(labPaths(projectRoot, io.env).lab, 'lab:up', async () => {
      const up = await bringUp(options, io);
      const rows = await labStatus(up.lab, engineProbes(up.lab.engine, up.lab.project.name));
      io.stdout(renderUp(up, rows, io.columns));
      return exitCode.ok;
    });
  });
}

if (import.meta.main) await runVerb(main);
