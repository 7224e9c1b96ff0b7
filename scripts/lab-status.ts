// lab:status — every service, healthy or not, and which are missing and why.
import { runCommand, verbCommand } from '../src/cli.ts';
import { exitCode } from '../src/errors.ts';
import { type Io, runVerb } from '../src/io.ts';
import { openLab } from '../src/lab/open.ts';
import { engineProbes } from '../src/lab/probes.ts';
import { renderServices } from '../src/lab/render.ts';
import { labStatus } from '../src/lab/status.ts';
import { projectRoot } from '../src/paths.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const command = verbCommand('lab:status', 'Show how every service is doing; exits 3 when one is not ready.', io)
      .option('--json', 'as JSON')
      .parse([...args], { from: 'user' });
    const lab = await openLab({ project: projectRoot }, io);
    const rows = await labStatus(lab, engineProbes(lab.engine, lab.project.name));
    io.stdout(command.opts().json ? `${JSON.stringify(rows, null, 2)}\n` : renderServices(rows, io.columns));
    return rows.some((row) => row.state === 'down' || row.state === 'not ready') ? exitCode.lab : exitCode.ok;
  });
}

if (import.meta.main) await runVerb(main);
