import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daemonArguments, startDaemon } from '../../../src/engine/own/daemon.ts';
import { engineLayout, type Layout } from '../../../src/engine/own/layout.ts';

let folder: string;
let layout: Layout;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'daemon-'));
  const paths = { project: folder, lab: folder, snapshots: folder, cache: path.join(folder, 'cache') };
  layout = engineLayout({ paths, runtimeRoot: path.join(folder, 'run') });
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts a dockerd that is this shell script. */
async function start(script: string, options: Partial<Parameters<typeof startDaemon>[4]> = {}): Promise<void> {
  const program = path.join(folder, 'dockerd');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  await startDaemon(layout, program, [], process.env, { timeoutMs: 30_000, ...options });
}

describe('dockerd', () => {
  it('that exits at its start is told at once, with the last lines of its log', async () => {
    const script = 'for i in 1 2 3; do echo "line $i"; done; echo "failed to mount overlay" >&2; exit 1';
    await expect(start(script)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: 'dockerd did not start (exit code 1)',
      hint: expect.stringContaining(layout.log),
      detail: 'line 1\nline 2\nline 3\nfailed to mount overlay',
    });
  });

  it('that is killed at its start is told as such', async () => {
    await expect(start('kill -9 $$')).rejects.toMatchObject({ message: 'dockerd did not start (ended by SIGKILL)' });
  });

  it('that finds no space says so', async () => {
    await expect(start('echo "mkdir: no space left on device" >&2; exit 1')).rejects.toMatchObject({
      code: 'NO_DISK_SPACE',
    });
  });

  it('that never answers is ended', async () => {
    await expect(start('exec sleep 600', { timeoutMs: 0 })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: 'dockerd did not answer within 0 s',
    });
  });

  it('is ended when the command is interrupted while it waits', async () => {
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(start('exec sleep 600', { signal })).rejects.toThrow('Ctrl-C');
  });

  it('shares nothing with an installed engine', async () => {
    const args = daemonArguments(
      layout,
      { root: '/unpacked', version: '20.10' },
      {
        firewall: { iptables: 'nft', masquerade: false },
        addresses: { bridge: '10.201.128.1/24', pool: '10.201.0.0/17' },
        storageDriver: 'overlay2',
        openFiles: 20_000,
      },
    );
    const text = args.join(' ').replaceAll(layout.runtime, '<runtime>').replaceAll(layout.home, '<home>');
    expect(text.replaceAll(layout.bridge, '<bridge>')).toBe(
      '--config-file <runtime>/daemon.json --host unix://<runtime>/docker.sock --data-root <home>/data --exec-root <runtime>/exec ' +
        '--pidfile <runtime>/docker.pid --storage-driver overlay2 --bridge <bridge> ' +
        '--default-address-pool base=10.201.0.0/17,size=24 --default-ulimit nofile=20000:20000 ' +
        '--ip6tables=false --ip-masq=false --ip-forward=false',
    );
  });
});
