// lab:run — runs a scenario against the lab, which it brings up if need be, and freezes what was measured.
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { runCommand } from '../src/cli.ts';
import { exitCode, renderWarning } from '../src/errors.ts';
import { type Io, runVerb } from '../src/io.ts';
import { dryRun } from '../src/lab/dry-run.ts';
import type { RunningLab } from '../src/lab/lab.ts';
import { withLock } from '../src/lab/lock.ts';
import { findLab } from '../src/lab/open.ts';
import { bringUp, configOf, onceOptions, type UpOptions } from '../src/lab/up.ts';
import { labPaths, projectRoot } from '../src/paths.ts';
import { dockerRun, runContainer } from '../src/run/command.ts';
import { containerStarter, removeLeftovers } from '../src/run/container.ts';
import { parseRunOptions, type RunOptions } from '../src/run/options.ts';
import { planRun, type RunRequest } from '../src/run/plan.ts';
import { resolveScript } from '../src/run/script.ts';
import { runSession, type SessionDeps } from '../src/run/session.ts';
import { type Counters, readCounters } from '../src/snapshot/counters.ts';
import { type DrainResult, drain } from '../src/snapshot/drain.ts';
import { parseLedger } from '../src/snapshot/ledger.ts';
import { renderReconciliation } from '../src/snapshot/render.ts';
import { takeSnapshot } from '../src/snapshot/take.ts';
import { checkWritable } from '../src/snapshot/writer.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const options = parseRunOptions(args, io);
    // npm runs scripts in the checkout; a script's path is relative to where the user is
    const cwd = io.env.INIT_CWD ?? io.cwd;
    const script = await resolveScript(options.script, { project: projectRoot, cwd, home: os.homedir() });
    const request: RunRequest = { ...options, script };
    const upOptions = await onceOptions(labPaths(projectRoot, io.env), upOptionsOf(options));
    if (options.dryRun) {
      io.stdout(await dryRunText(request, upOptions, io));
      return exitCode.ok;
    }
    return withLock(labPaths(projectRoot, io.env).lab, `lab:run ${script.name}`, async () => {
      // a run whose result cannot be kept is not worth its time
      await checkWritable(labPaths(projectRoot, io.env).snapshots);
      const { lab, warnings } = await bringUp(upOptions, io);
      for (const warning of warnings) io.stdout(`${renderWarning(warning)}\n`);
      return runSession(lab, request, sessionDeps(lab, io), { ...io, cwd });
    });
  });
}

function upOptionsOf({ config, set }: RunOptions): UpOptions {
  return { project: projectRoot, config, set };
}

/** The k6 command as it would be; before the first lab:up, which decides on images, what lab:up would do. */
async function dryRunText(request: RunRequest, upOptions: UpOptions, io: Io): Promise<string> {
  const lab = await findLab({ project: projectRoot }, io);
  if (!lab) return `${await dryRun(upOptions, io)}# then k6; its command is shown once the lab has been up\n`;
  const config = await configOf(upOptions);
  return `${dockerRun(runContainer(planRun({ ...lab, config }, request, io.now())))}\n`;
}

function sessionDeps(lab: RunningLab, io: Io): SessionDeps<Counters, DrainResult> {
  return {
    start: containerStarter(lab.engine.api),
    readLedger,
    fetch,
    screen: io,
    signal: io.signal,
    now: io.now,
    removeLeftovers: () => removeLeftovers(lab.engine.api, lab.project.name),
    measuring: { readCounters, drain, takeSnapshot, renderReconciliation },
  };
}

/** A ledger that cannot be read counts as none here; the snapshot says what is wrong with it. */
async function readLedger(file: string) {
  try {
    return parseLedger(await readFile(file, 'utf8'), file);
  } catch {
    return undefined;
  }
}

if (import.meta.main) await runVerb(main);
