// An Io for tests: keeps what a verb prints.
import type { Io } from '../src/io.ts';

export interface FakeIo extends Io {
  /** what went to stdout so far */
  readonly out: () => string;
  /** what went to stderr so far */
  readonly err: () => string;
  /** both, in the order in which they were printed */
  readonly printed: () => string;
}

/** No terminal, 80 columns, an empty environment; `more` replaces any of it. */
export function fakeIo(more: Partial<Io> = {}): FakeIo {
  const pieces: { readonly to: 'out' | 'err'; readonly text: string }[] = [];
  const said = (to: 'out' | 'err'): string =>
    pieces
      .filter((piece) => piece.to === to)
      .map((piece) => piece.text)
      .join('');
  return {
    stdout: (text) => void pieces.push({ to: 'out', text }),
    stderr: (text) => void pieces.push({ to: 'err', text }),
    isTTY: false,
    columns: 80,
    env: {},
    cwd: '/work',
    signal: new AbortController().signal,
    now: () => 0,
    ...more,
    out: () => said('out'),
    err: () => said('err'),
    printed: () => pieces.map((piece) => piece.text).join(''),
  };
}
