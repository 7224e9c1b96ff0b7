// Asks k6 itself about a script before the run: its options, what is wrong with them, how long it takes, its phases.
import { z } from 'zod';
import { exitCode, LabError, type Warning } from '../errors.ts';
import { logDigest } from './k6-log.ts';
import type { Phase } from './outcome.ts';
import { hostPaths, type Script } from './script.ts';
import type { ContainerExit } from './verdict.ts';

/** A k6 scenario as it was planned: seconds into the run are milliseconds here. */
export interface PlannedPhase {
  readonly name: string;
  readonly startMs: number;
  /** without the graceful stop */
  readonly durationMs: number;
}

export interface Inspection {
  /** k6's consolidated options, as `k6 inspect` prints them */
  readonly options: unknown;
  /** the longest that the run may take, setup() and teardown() apart */
  readonly totalMs: number;
  readonly maxVus: number;
  readonly phases: readonly PlannedPhase[];
  /** tags that the script gives to all of its samples */
  readonly tags: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
}

const text = z.string().nullish();
const inspected = z.looseObject({
  scenarios: z
    .record(
      z.string(),
      z.looseObject({
        executor: z.string(),
        startTime: text,
        duration: text,
        maxDuration: text,
        stages: z.array(z.looseObject({ duration: text })).nullish(),
      }),
    )
    .nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  totalDuration: text,
  maxVUs: z.number().nullish(),
});

/** Reads what `k6 inspect --execution-requirements` printed. Error: SCRIPT_ERROR with k6's own message, file and line. */
export function readInspection(
  run: { readonly exit: ContainerExit; readonly stdout: string; readonly stderr: string },
  script: Script,
): Inspection {
  const digest = logDigest();
  for (const line of run.stderr.split('\n')) digest.add(line);
  const { errors, warnings } = digest.result();
  if (run.exit.exitCode !== 0) {
    throw new LabError({
      code: 'SCRIPT_ERROR',
      message: `k6 cannot run ${script.file} (exit ${run.exit.exitCode ?? 'unknown'})`,
      hint: hintFor(errors.join('\n'), script),
      detail: hostPaths(errors.join('\n') || run.stderr.trim() || run.stdout.trim(), script),
      exit: exitCode.script,
    });
  }
  const options: unknown = JSON.parse(run.stdout);
  const known = inspected.parse(options);
  return {
    options,
    totalMs: durationMs(known.totalDuration),
    maxVus: known.maxVUs ?? 0,
    tags: known.tags ?? {},
    phases: Object.entries(known.scenarios ?? {})
      .map(([name, scenario]) => ({
        name,
        startMs: durationMs(scenario.startTime),
        durationMs: scenario.stages
          ? scenario.stages.reduce((sum, stage) => sum + durationMs(stage.duration), 0)
          : durationMs(scenario.duration ?? scenario.maxDuration),
      }))
      .sort((a, b) => a.startMs - b.startMs || (a.name < b.name ? -1 : 1)),
    warnings: warnings.map((message) => ({ code: 'K6_WARNING', message: hostPaths(message, script) })),
  };
}

function hintFor(errors: string, script: Script): string {
  return errors.includes("couldn't be found on local disk")
    ? `the container sees ${script.folder} and what is below it; files elsewhere cannot be imported or opened`
    : 'mend the script; nothing has been run';
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration as k6 prints it: 2m15s, 1.5s, 500ms; 0 for none. */
export function durationMs(text: string | null | undefined): number {
  return [...(text ?? '').matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)].reduce(
    (sum, [, value, unit]) => sum + Number(value) * (unitMs[unit ?? ''] ?? 0),
    0,
  );
}

/** The phases as they came about: planned ones, moved to when the scenarios began, cut off where the run ended. */
export function phasesOf(planned: readonly PlannedPhase[], beganMs: number, endedMs: number): readonly Phase[] {
  return planned
    .map(({ name, startMs, durationMs }) => ({
      name,
      startMs: beganMs + startMs,
      endMs: Math.min(endedMs, beganMs + startMs + durationMs),
    }))
    .filter((phase) => phase.startMs < phase.endMs);
}
