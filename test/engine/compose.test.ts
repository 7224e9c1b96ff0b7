import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCompose, findCompose } from '../../src/engine/compose.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import type { Host } from '../../src/host.ts';
import { type FakeProgram, fails, fakeHost, prints } from './fake-host.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'compose-'));
});
afterEach(() => rm(cache, { recursive: true }));

const depsOf = (host: Host): EngineDeps => ({
  host,
  paths: { project: '/p', lab: '/p/.lab', snapshots: '/p/snapshots', cache },
});

/** A Go that has the module and builds an empty file. */
const go =
  (build: FakeProgram = prints('')): FakeProgram =>
  (args, options) => {
    if (args[0] === 'env') return { stdout: 'go1.26.1\n' };
    if (args[0] === 'mod') return { stdout: JSON.stringify({ Dir: '/modules/compose' }) };
    const target = args[args.indexOf('-o') + 1];
    const result = build(args, options);
    if (target && !result?.exitCode) writeFileSync(target, '');
    return result;
  };

describe('docker compose', () => {
  it.each(['2.20.0', 'v2.40.3', '2.24.6+ds1-0ubuntu2', '5.0.1'])('%s of the docker client is used', async (version) => {
    const host = fakeHost({ docker: prints(`${version}\n`) });
    expect(await ensureCompose(depsOf(host))).toMatchObject({ command: ['docker', 'compose'] });
    expect(host.calls).toEqual(['docker compose version --short']);
  });

  it('as a program of its own is used', async () => {
    const host = fakeHost({
      docker: fails('docker: compose is not a docker command'),
      'docker-compose': prints('2.33.0\n'),
    });
    expect(await ensureCompose(depsOf(host))).toEqual({ command: ['docker-compose'], version: '2.33.0' });
  });

  it('that is too old is not used, nor version 1: it is built inside its module, once', async () => {
    const host = fakeHost({ docker: prints('2.17.2\n'), 'docker-compose': prints('1.29.2\n'), go: go() });
    const built = path.join(cache, 'compose/docker-compose-2.40.3-linux-amd64');
    expect(await findCompose(depsOf(host))).toBeUndefined();
    expect(await ensureCompose(depsOf(host))).toEqual({ command: [built], version: '2.40.3' });
    expect(host.calls.filter((call) => call.startsWith('go mod') || call.startsWith('go build'))).toEqual([
      'go mod download -json github.com/docker/compose/v2@v2.40.3',
      `go build -mod=readonly -trimpath -ldflags -s -w -X github.com/docker/compose/v2/internal.Version=v2.40.3 -o ${built}.new ./cmd`,
    ]);
    const again = fakeHost({ go: fails('must not be called') });
    expect(await ensureCompose(depsOf(again))).toEqual({ command: [built], version: '2.40.3' });
    expect(again.calls.filter((call) => call.startsWith('go'))).toEqual([]);
  });

  it('is built once by two that need it at once', async () => {
    const host = fakeHost({ go: go() });
    await Promise.all([ensureCompose(depsOf(host)), ensureCompose(depsOf(host))]);
    expect(host.calls.filter((call) => call.startsWith('go build'))).toHaveLength(1);
  });

  it('that cannot be built says so with the compiler’s last lines, and leaves nothing half built', async () => {
    const host = fakeHost({ go: go(fails('cmd/main.go:1: broken')) });
    await expect(ensureCompose(depsOf(host))).rejects.toMatchObject({
      code: 'COMPOSE_BUILD',
      detail: 'cmd/main.go:1: broken',
      hint: expect.stringContaining('2.20.0 or newer'),
    });
    expect(existsSync(path.join(cache, 'compose/docker-compose-2.40.3-linux-amd64'))).toBe(false);
  });

  it('that does not fit on the disk says so', async () => {
    const host = fakeHost({ go: go(fails('write /tmp/x: no space left on device')) });
    await expect(ensureCompose(depsOf(host))).rejects.toMatchObject({ code: 'NO_DISK_SPACE' });
  });
});
