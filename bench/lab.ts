// The lab as the benchmarks drive it: in this process, without a terminal to redraw.
import { exitCode } from '../src/errors.ts';
import type { Io } from '../src/io.ts';
import { takeDown } from '../src/lab/down.ts';
import { bringUp, type Up, type UpOptions } from '../src/lab/up.ts';
import { projectRoot } from '../src/paths.ts';

/** An Io that keeps quiet. */
export const quiet: Io = {
  stdout: () => {},
  stderr: () => {},
  isTTY: false,
  columns: 100,
  env: process.env,
  cwd: projectRoot,
  signal: new AbortController().signal,
  now: Date.now,
};

/** Brings the lab up; listr's lines go to stdout. */
export function up(options: Omit<UpOptions, 'project'> = {}): Promise<Up> {
  return bringUp({ project: projectRoot, ...options }, quiet);
}

/** Takes it down, its data too. */
export async function down(lab: Up['lab']): Promise<void> {
  await takeDown(lab.engine.api, lab.project.name, { volumes: true });
}

/** Ends the process with a usage fault. */
export function usage(text: string): never {
  console.error(text);
  process.exit(exitCode.usage);
}
