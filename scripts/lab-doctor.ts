// lab:doctor — is this machine fit for the lab, and what to do about each thing that is not.
import { services } from '../compose/project.ts';
import { runCommand, verbCommand } from '../src/cli.ts';
import { loadConfig } from '../src/config/load.ts';
import { doctor, renderDoctor } from '../src/engine/doctor.ts';
import { exitCode } from '../src/errors.ts';
import { realHost } from '../src/host.ts';
import { type Io, runVerb } from '../src/io.ts';
import { presumedContext } from '../src/lab/context.ts';
import { publishedPorts } from '../src/lab/ports.ts';
import { labPaths, projectRoot } from '../src/paths.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const command = verbCommand('lab:doctor', 'Check engine, compose, disk, memory, ports and toolchains.', io)
      .option('--json', 'as JSON')
      .parse([...args], { from: 'user' });
    const config = await loadConfig(projectRoot);
    const deps = { host: realHost(io.env), paths: labPaths(projectRoot, io.env), signal: io.signal };
    const all = services(presumedContext(config, deps.paths, undefined, deps.host.uid));
    const report = await doctor(deps, {
      ports: publishedPorts(config, all),
      project: config.name,
      builds: config.images.source !== 'pull',
    });
    io.stdout(command.opts().json ? `${JSON.stringify(report, null, 2)}\n` : renderDoctor(report, io.columns));
    return report.healthy ? exitCode.ok : exitCode.lab;
  });
}

if (import.meta.main) await runVerb(main);
