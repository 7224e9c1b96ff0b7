// lab:snapshot — lists, shows, exports, imports and prunes snapshots, and takes one of a past window of the running lab.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { runCommand, verbCommand } from '../src/cli.ts';
import { exitCode, LabError } from '../src/errors.ts';
import { type Io, runVerb } from '../src/io.ts';
import { openLab } from '../src/lab/open.ts';
import { labPaths, projectRoot } from '../src/paths.ts';
import { validLabel } from '../src/run/id.ts';
import { exportArchive, importArchive, toCsv, toJson } from '../src/snapshot/exchange.ts';
import { parseAge, parseMoment } from '../src/snapshot/moment.ts';
import { readLedger, readSnapshot } from '../src/snapshot/reader.ts';
import { renderList, renderSnapshot } from '../src/snapshot/render.ts';
import { findSnapshot, listSnapshots, prunable, removeSnapshots } from '../src/snapshot/store.ts';
import { takeWindow } from '../src/snapshot/take.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const { snapshots } = labPaths(projectRoot, io.env);
    const program: Command = verbCommand(
      'lab:snapshot',
      'Work with snapshots. A SNAPSHOT is an id, a folder, or a label.',
      io,
    );
    addList(program, snapshots, io);
    addShow(program, snapshots, io);
    addExport(program, snapshots, io);
    addImport(program, snapshots, io);
    addPrune(program, snapshots, io);
    addTake(program, io);
    for (const command of program.commands) command.copyInheritedSettings(program);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode.ok;
  });
}

function addList(program: Command, snapshots: string, io: Io): void {
  program
    .command('list')
    .description('every snapshot, oldest first')
    .option('--json', 'as JSON')
    .action(async ({ json }) => {
      const list = await listSnapshots(snapshots);
      if (json)
        io.stdout(
          `${JSON.stringify(
            list.snapshots.map(({ manifest }) => manifest),
            undefined,
            2,
          )}\n`,
        );
      else io.stdout(renderList(list, io.columns));
    });
}

function addShow(program: Command, snapshots: string, io: Io): void {
  program
    .command('show')
    .description('what a snapshot measured, and whether its sums close')
    .argument('<SNAPSHOT>')
    .action(async (reference) => {
      const { folder } = await findSnapshot(snapshots, reference, io.cwd);
      io.stdout(renderSnapshot(await readSnapshot(folder), io.columns));
    });
}

function addExport(program: Command, snapshots: string, io: Io): void {
  program
    .command('export')
    .description('the figures of a snapshot, or all of it')
    .argument('<SNAPSHOT>')
    .option('--csv', 'one line per figure')
    .option('--json', 'manifest, figures, sums, latency per API')
    .option('--archive', 'the whole snapshot as .tar.gz, for import elsewhere')
    .option('--out <file>', 'into a file; default: the terminal, or <id>.tar.gz for an archive')
    .action(async (reference, { csv, json, archive, out }) => {
      if ([csv, json, archive].filter(Boolean).length !== 1) {
        throw usage('export wants one of --csv, --json and --archive');
      }
      const { folder, manifest } = await findSnapshot(snapshots, reference, io.cwd);
      if (archive) {
        const file = path.resolve(io.cwd, out ?? `${manifest.id}.tar.gz`);
        await exportArchive(folder, file);
        io.stdout(`${file}\n`);
        return;
      }
      const snapshot = await readSnapshot(folder);
      const text = csv ? toCsv(snapshot) : toJson(snapshot, await readLedger(folder, manifest));
      if (out) await writeFile(path.resolve(io.cwd, out), text);
      else io.stdout(text);
    });
}

function addImport(program: Command, snapshots: string, io: Io): void {
  program
    .command('import')
    .description('a snapshot from elsewhere; it is verified before it lands')
    .argument('<file.tar.gz>')
    .action(async (file) => {
      io.stdout(`${await importArchive(snapshots, path.resolve(io.cwd, file))}\n`);
    });
}

function addPrune(program: Command, snapshots: string, io: Io): void {
  program
    .command('prune')
    .description('remove old snapshots')
    .option('--keep <n>', 'the newest n stay')
    .option('--older-than <age>', 'only what is older, such as 30d')
    .option('--dry-run', 'say what would be removed')
    .action(async ({ keep, olderThan, dryRun }) => {
      if (keep === undefined && olderThan === undefined) throw usage('prune wants --keep or --older-than');
      if (keep !== undefined && !/^\d+$/.test(keep)) throw usage(`--keep ${JSON.stringify(keep)} is not a number`);
      const rule = {
        ...(keep === undefined ? {} : { keep: Number(keep) }),
        ...(olderThan === undefined ? {} : { olderThanMs: parseAge(olderThan, '--older-than') }),
      };
      const { snapshots: known, invalid } = await listSnapshots(snapshots);
      const doomed = prunable(known, rule, io.now());
      if (!dryRun) await removeSnapshots(snapshots, doomed);
      for (const { manifest } of doomed) io.stdout(`${dryRun ? 'would remove' : 'removed'} ${manifest.id}\n`);
      for (const { folder, fault } of invalid) io.stderr(`left alone ${folder}: ${fault.message}\n`);
      io.stdout(`${known.length - doomed.length} of ${known.length} snapshots stay\n`);
    });
}

function addTake(program: Command, io: Io): void {
  program
    .command('take')
    .description('freeze a past window of the running lab, whatever loaded it')
    .requiredOption('--from <moment>', 'its start: 10m (ago), or a time such as 2026-01-02T03:04:05Z')
    .option('--to <moment>', 'its end', 'now')
    .option('--label <label>', 'what to call it', 'window')
    .action(async ({ from, to, label }) => {
      const startMs = parseMoment(from, '--from', io.now());
      const endMs = parseMoment(to, '--to', io.now());
      if (endMs <= startMs) throw usage('--to is not after --from');
      const lab = await openLab({ project: projectRoot }, io);
      const { folder } = await takeWindow(lab, { label: validLabel(label), startMs, endMs }, { signal: io.signal });
      io.stdout(`${folder}\n`);
    });
}

function usage(message: string): LabError {
  return new LabError({
    code: 'USAGE',
    message,
    hint: 'npm run lab:snapshot -- --help shows how',
    exit: exitCode.usage,
  });
}

if (import.meta.main) await runVerb(main);
