// Progress of the images, for a terminal that is redrawn and for one that is not.
import { describe, expect, it } from 'vitest';
import type { ImageStep } from '../../src/images/steps.ts';
import { imageLine } from '../../src/lab/progress.ts';

const step = (image: string, state: ImageStep['state'], seconds: number, detail?: string): ImageStep => ({
  image,
  step: 'build',
  state,
  seconds,
  ...(detail ? { detail } : {}),
});

const steps = [
  step('k6', 'started', 0),
  step('kafka', 'started', 0),
  step('k6', 'progress', 12.4, 'linking'),
  step('kafka', 'done', 20.31),
  step('k6', 'failed', 30),
];

describe('progress of the images', () => {
  it('is one line of all that runs, where it can be redrawn', () => {
    expect(steps.map(imageLine(true))).toEqual([
      'k6: build 0 s',
      'k6: build 0 s | kafka: build 0 s',
      'k6: build 12 s (linking) | kafka: build 0 s',
      'k6: build 12 s (linking)',
      '',
    ]);
  });

  it('is a line for every start and end with its seconds, elsewhere', () => {
    expect(steps.map(imageLine(false))).toEqual([
      'k6: build',
      'kafka: build',
      undefined,
      'kafka: build done (20.3 s)',
      'k6: build failed (30.0 s)',
    ]);
  });
});
