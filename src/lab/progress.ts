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
 * Keeps the running image steps and renders them as one line: `k6: go build | kafka: maven`. Details of a step are for
 * a terminal that is redrawn; elsewhere undefined says that there is nothing new to print.
 */
export function imageLine(details: boolean): (step: ImageStep) => string | undefined {
  const running = new Map<string, ImageStep>();
  return (step) => {
    const key = `${step.image} ${step.step}`;
    if (step.state === 'done' || step.state === 'failed') running.delete(key);
    else running.set(key, step);
    if (!details && step.state !== 'started') return undefined;
    return [...running.values()]
      .map(({ image, step: name, detail }) => `${image}: ${name}${details && detail ? ` (${detail})` : ''}`)
      .join(' | ');
  };
}
