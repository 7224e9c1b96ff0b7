// Progress of getting images, as values: who is doing what, and how long it took.

/** One step of one image, told when it starts, while it moves and when it ends. */
export interface ImageStep {
  /** the descriptor's name */
  readonly image: string;
  /** what is being done: `pull`, `go build`, `maven`, `build` … */
  readonly step: string;
  readonly state: 'started' | 'progress' | 'done' | 'failed';
  /** since the step started */
  readonly seconds: number;
  /** the latest line or figure, e.g. `3/7 layers, 45 MB of 120 MB` */
  readonly detail?: string;
}

/** Tells how far a running step is. */
export type Tell = (detail: string) => void;

/** Runs `work` as a step of `image`: started, progress …, then done or failed. */
export async function runStep<T>(
  reporter: { readonly now: () => number; readonly onStep?: ((step: ImageStep) => void) | undefined },
  image: string,
  step: string,
  work: (tell: Tell) => Promise<T>,
): Promise<T> {
  const startedMs = reporter.now();
  const emit = (state: ImageStep['state'], detail?: string): void =>
    reporter.onStep?.({
      image,
      step,
      state,
      seconds: (reporter.now() - startedMs) / 1000,
      ...(detail === undefined ? {} : { detail }),
    });
  emit('started');
  try {
    const result = await work((detail) => emit('progress', detail));
    emit('done');
    return result;
  } catch (error) {
    emit('failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
}
