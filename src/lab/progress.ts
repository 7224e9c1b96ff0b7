// Live progress of lab:up: one line per step with its seconds, redrawn on a terminal, plain lines elsewhere.
import { Listr, type ListrTask, PRESET_TIMER } from 'listr2';
import type { ImageStep } from '../images/steps.ts';
import type { Io } from '../io.ts';

/** One visible step; `tell` shows what it is at. */
export interface Step<Context> {
  readonly title: string;
  readonly run: (context: Context, tell: (line: string) => void) => Promise<undefined | readonly Step<Context>[]>;
  /** the sub-steps that `run` returns go side by side */
  readonly parallel?: boolean;
}

/** Runs the steps one after the other. The first failure ends them and is thrown as it is. */
export async function runSteps<Context extends object>(
  io: Io,
  steps: readonly Step<Context>[],
  context: Context,
): Promise<void> {
  const list = new Listr<Context, 'default', 'simple'>(
    steps.map((step) => listrTask(step)),
    {
      ctx: context,
      registerSignalListeners: false,
      collectErrors: false,
      fallbackRendererCondition: () => !io.isTTY,
      // faults are printed once, by the verb, with their hints
      rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false, collapseSubtasks: false },
      fallbackRendererOptions: { timer: PRESET_TIMER },
    },
  );
  await list.run(context);
}

function listrTask<Context extends object>(step: Step<Context>): ListrTask<Context> {
  return {
    title: step.title,

    task: async (context, task) => {
      const substeps = await step.run(context, (line) => {
        task.output = line;
      });
      if (!substeps) return undefined;
      return task.newListr(
        substeps.map((sub) => listrTask(sub)),
        { concurrent: step.parallel === true, exitOnError: true },
      );
    },
  };
}

/**
 * What to show of the image steps. On a terminal that is redrawn, all that run, with seconds and details:
 * `k6: go build 41 s | kafka: maven 12 s`. Elsewhere a line when a step starts and one when it ends, undefined between.
 */
export function imageLine(redrawn: boolean): (step: ImageStep) => string | undefined {
  const running = new Map<string, ImageStep>();
  return (step) => {
    const ended = step.state === 'done' || step.state === 'failed';
    const key = `${step.image} ${step.step}`;
    if (ended) running.delete(key);
    else running.set(key, step);
    if (redrawn) return [...running.values()].map(describeStep).join(' | ');
    if (step.state === 'progress') return undefined;
    return ended
      ? `${step.image}: ${step.step} ${step.state} (${step.seconds.toFixed(1)} s)`
      : `${step.image}: ${step.step}`;
  };
}

function describeStep({ image, step, seconds, detail }: ImageStep): string {
  return `${image}: ${step} ${Math.round(seconds)} s${detail ? ` (${detail})` : ''}`;
}
