// Every verb: help exits 0, wrong usage 2 with the way to the help, and faults carry code, hint and exit code.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LabError } from '../src/errors.ts';
import { guarded, type Verb } from '../src/io.ts';
import { projectRoot } from '../src/paths.ts';
import { fakeIo } from './fake-io.ts';

const names = (await readdir(path.join(projectRoot, 'scripts'))).filter((name) => name.startsWith('lab-'));

describe.each(names)('%s', async (name) => {
  const { main } = (await import(path.join(projectRoot, 'scripts', name))) as { readonly main: Verb };

  it('shows its help', async () => {
    const io = fakeIo();
    expect(await guarded(main, ['--help'], io)).toBe(0);
    expect(io.out()).toContain(`Usage: npm run ${name.replace('.ts', '').replace('lab-', 'lab:')} --`);
  });

  it('refuses an unknown option with exit code 2', async () => {
    const io = fakeIo();
    expect(await guarded(main, ['--no-such-option'], io)).toBe(2);
    expect(io.err()).toContain('--help');
  });
});

describe('a fault', () => {
  it('is printed with its code, detail and hint, and gives its exit code', async () => {
    const io = fakeIo();
    const failing: Verb = () =>
      Promise.reject(new LabError({ code: 'PORT_TAKEN', message: 'port 1 is taken', hint: 'free it', detail: 'by x' }));
    expect(await guarded(failing, [], io)).toBe(3);
    expect(io.err()).toBe('error PORT_TAKEN: port 1 is taken\n    by x\n  hint: free it\n');
  });

  it('that is none of ours is called a bug', async () => {
    const io = fakeIo();
    expect(await guarded(() => Promise.reject(new TypeError('x is not y')), [], io)).toBe(1);
    expect(io.err()).toContain('a bug in the lab: TypeError: x is not y');
  });
});
