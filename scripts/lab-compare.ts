// lab:compare — sets two snapshots beside one another: two columns and the ratio of every metric, no verdict.
import { runCommand, verbCommand } from '../src/cli.ts';
import { compareSides, type Side } from '../src/compare/compare.ts';
import { renderComparison } from '../src/compare/table.ts';
import { exitCode, renderWarning } from '../src/errors.ts';
import { type Io, runVerb } from '../src/io.ts';
import { labPaths, projectRoot } from '../src/paths.ts';
import { readSnapshot } from '../src/snapshot/reader.ts';
import { findSnapshot } from '../src/snapshot/store.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const command = verbCommand('lab:compare', 'Set two snapshots side by side; needs neither engine nor network.', io)
      .argument('<A>', 'a snapshot: its id, its folder, or a label (its latest run)')
      .argument('<B>', 'the other one')
      .option('--all', 'also what is zero on both sides')
      .option('--json', 'as JSON')
      .option('--snapshots <folder>', 'where labels and ids are looked up', labPaths(projectRoot, io.env).snapshots)
      .parse([...args], { from: 'user' });
    const { snapshots, json, all } = command.opts();
    const [nameA, nameB] = command.processedArgs;
    const comparison = compareSides(await side(snapshots, nameA, io), await side(snapshots, nameB, io));
    if (json) {
      const { rows, differences, warnings } = comparison;
      const sides = { a: describe(comparison.a), b: describe(comparison.b) };
      io.stdout(`${JSON.stringify({ ...sides, rows, differences, warnings }, undefined, 2)}\n`);
    } else {
      io.stdout(renderComparison(comparison, io.columns, { all: all === true }));
      for (const warning of comparison.warnings) io.stderr(`${renderWarning(warning)}\n`);
    }
    return exitCode.ok;
  });
}

async function side(snapshots: string, reference: string, io: Io): Promise<Side> {
  const found = await findSnapshot(snapshots, reference, io.cwd);
  if (found.by.kind === 'label' && found.by.runs > 1) {
    io.stderr(`${reference} has ${found.by.runs} runs: the latest, ${found.manifest.id}, is taken\n`);
  }
  return { name: reference, runs: [await readSnapshot(found.folder)] };
}

function describe({ name, runs }: Side): { readonly name: string; readonly snapshots: readonly string[] } {
  return { name, snapshots: runs.map(({ manifest }) => manifest.id) };
}

if (import.meta.main) await runVerb(main);
