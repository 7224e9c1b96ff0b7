import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { ensureEngine, startEngine, stopEngine } from '../../src/engine/ensure.ts';
import { findEngine } from '../../src/engine/find.ts';
import type { Host } from '../../src/host.ts';
import { type FakeEngine, fakeEngine } from './fake-engine.ts';
import { fakeHost, prints } from './fake-host.ts';

let folder: string;
let engine: FakeEngine | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'engine-'));
});
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  await rm(folder, { recursive: true });
});

const depsOf = (host: Host, defaultSocket = path.join(folder, 'none.sock')): EngineDeps => ({
  host,
  paths: { project: folder, lab: folder, snapshots: folder, cache: path.join(folder, 'cache') },
  defaultSocket,
  runtimeRoot: path.join(folder, 'run'),
});

const plugin = prints('2.40.3\n');

describe('an engine that answers', () => {
  it('is used as it is, with the compose of the docker client', async () => {
    engine = await fakeEngine();
    const host = fakeHost({ docker: plugin });
    expect(await ensureEngine(depsOf(host, engine.socket))).toMatchObject({
      host: `unix://${engine.socket}`,
      own: false,
      apiVersion: '1.41',
      compose: ['docker', 'compose'],
      composeVersion: '2.40.3',
      docker: 'docker',
      env: { DOCKER_HOST: `unix://${engine.socket}` },
    });
    expect(host.calls.filter((call) => !call.startsWith('docker'))).toEqual([]);
  });

  it('is found through DOCKER_HOST', async () => {
    engine = await fakeEngine();
    const host = fakeHost({ docker: plugin }, { env: { DOCKER_HOST: `unix://${engine.socket}` } });
    expect(await findEngine(depsOf(host))).toMatchObject({ host: `unix://${engine.socket}`, own: false });
  });

  it('is never stopped', async () => {
    engine = await fakeEngine();
    const host = fakeHost({ docker: plugin });
    expect(await stopEngine(depsOf(host, engine.socket))).toEqual({ kind: 'foreign', host: `unix://${engine.socket}` });
    expect(engine.asked).not.toContain(expect.stringMatching(/stop|kill/));
  });
});

describe('no engine', () => {
  it('is found as none', async () => {
    expect(await findEngine(depsOf(fakeHost()))).toBeUndefined();
    expect(await stopEngine(depsOf(fakeHost()))).toEqual({ kind: 'not-running', left: [] });
  });

  it('behind DOCKER_HOST is an error that names it, never another engine', async () => {
    engine = await fakeEngine();
    const host = fakeHost({}, { env: { DOCKER_HOST: 'unix:///gone.sock' } });
    await expect(startEngine(depsOf(host, engine.socket))).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: 'no Docker engine answers at DOCKER_HOST=unix:///gone.sock: no such socket',
      hint: 'start that engine, or take its address away: unset DOCKER_HOST',
    });
  });

  it.each([
    ['not root', { uid: 1000 }, /not root/, /usermod -aG docker/],
    ['on macOS', { platform: 'darwin', uid: 501 }, /on Linux only/, /Docker Desktop/],
    ['on Windows', { platform: 'win32', uid: -1 }, /on Linux only/, /Docker Desktop/],
    ['without apt', {}, /no apt/, /install Docker/],
  ] as const)('%s says exactly that, and what to install', async (_, facts, message, hint) => {
    const fault = await startEngine(depsOf(fakeHost({}, facts))).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'ENGINE_MISSING', exit: 3 });
    expect(fault).toHaveProperty('message', expect.stringMatching(message));
    expect(fault).toHaveProperty('hint', expect.stringMatching(hint));
    expect(fault).toHaveProperty('detail', expect.stringMatching(/^default socket, .*: no such socket/));
  });
});
