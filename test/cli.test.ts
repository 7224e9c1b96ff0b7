// Every verb: help exits 0, wrong usage 2 with the way to the help, and faults carry code, hint and exit code.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LabError } from '../src/errors.ts';
import { guarded, type Io, type Verb } from '../src/io.ts';
import { projectRoot } from '../src/paths.ts';

function fakeIo(): { io: Io; out: () => string; err: () => string } {
  let out = '';
  let err = '';
  const io: Io = {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    isTTY: false,
    columns: 80,
    env: {},
    cwd: projectRoot,
    signal: new AbortController().signal,
    now: () => 0,
  };
  return { io, out: () => out, err: () => err };
}

const names = (await readdir(path.join(projectRoot, 'scripts'))).filter((name) => name.startsWith('lab-'));

describe.each(names)('%s', async (name) => {
  const { main } = (await import(path.join(projectRoot, 'scripts', name))) as { readonly main: Verb };

  it('shows its help', async () => {
    const { io, out } = fakeIo();
    expect(await guarded(main, ['--help'], io)).toBe(0);
    expect(out()).toContain(`Usage: npm run ${name.replace('.ts', '').replace('lab-', 'lab:')} --`);
  });

  it('refuses an unknown option with exit code 2', async () => {
    const { io, err } = fakeIo();
    expect(await guarded(main, ['--no-such-option'], io)).toBe(2);
    expect(err()).toContain('--help');
  });
});

describe('a fault', () => {
  it('is printed with its code, detail and hint, and gives its exit code', async () => {
    const { io, err } = fakeIo();
    const failing: Verb = () =>
      Promise.reject(new LabError({ code: 'PORT_TAKEN', message: 'port 1 is taken', hint: 'free it', detail: 'by x' }));
    expect(await guarded(failing, [], io)).toBe(3);
    expect(err()).toBe('error PORT_TAKEN: port 1 is taken\n    by x\n  hint: free it\n');
  });

  it('that is none of ours is called a bug', async () => {
    const { io, err } = fakeIo();
    expect(await guarded(() => Promise.reject(new TypeError('x is not y')), [], io)).toBe(1);
    expect(err()).toContain('a bug in the lab: TypeError: x is not y');
  });
});
