import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { type Check, type DoctorReport, doctor, renderDoctor } from '../../src/engine/doctor.ts';
import type { Host } from '../../src/host.ts';
import { type FakeEngine, fakeEngine } from './fake-engine.ts';
import { fails, fakeHost, prints } from './fake-host.ts';

let folder: string;
let engine: FakeEngine | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'doctor-'));
});
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  await rm(folder, { recursive: true });
});

const depsOf = (host: Host): EngineDeps => ({
  host,
  paths: { project: folder, lab: folder, snapshots: folder, cache: path.join(folder, 'cache/not/there/yet') },
  defaultSocket: engine?.socket ?? path.join(folder, 'none.sock'),
  runtimeRoot: path.join(folder, 'run'),
});

const tools = { docker: prints('2.40.3\n'), go: prints('go1.26.8\n') };
const named = (report: DoctorReport, name: string): Check | undefined =>
  report.checks.find((check) => check.name === name);

describe('the doctor', () => {
  it('finds a good machine healthy', async () => {
    engine = await fakeEngine();
    const java = () => ({ stderr: 'openjdk version "17.0.15" 2026-04-21\n' });
    const host = fakeHost({ ...tools, java, mvn: prints('\u001b[1mApache Maven 3.8.7\u001b[m\n') });
    const report = await doctor(depsOf(host), { builds: true });
    expect(report.healthy).toBe(true);
    expect(report.checks.filter(({ name }) => !['disk', 'engine'].includes(name))).toEqual([
      { name: 'API version', status: 'ok', found: '1.41 of Docker 20.10.24' },
      { name: 'cgroup', status: 'ok', found: 'version 2, kernel 6.1.0' },
      { name: 'compose', status: 'ok', found: '2.40.3 (docker compose)' },
      { name: 'memory', status: 'ok', found: '8 GiB' },
      { name: 'CPUs', status: 'ok', found: '4' },
      { name: 'Go', status: 'ok', found: '1.26.8' },
      { name: 'Java', status: 'ok', found: '17.0.15' },
      { name: 'Maven', status: 'ok', found: '3.8.7' },
    ]);
  });

  it('says what to install where there is no engine and cannot be one', async () => {
    const report = await doctor(depsOf(fakeHost(tools, { uid: 1000 })));
    expect(report.healthy).toBe(false);
    expect(named(report, 'engine')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('not root'),
      fix: expect.stringContaining('usermod -aG docker'),
    });
  });

  it('names an engine that does not answer at DOCKER_HOST', async () => {
    const host = fakeHost(tools, { env: { DOCKER_HOST: 'unix:///gone.sock' } });
    expect(named(await doctor(depsOf(host)), 'engine')).toMatchObject({
      status: 'fail',
      found: 'no Docker engine answers at DOCKER_HOST=unix:///gone.sock: no such socket',
      fix: expect.stringContaining('unset DOCKER_HOST'),
    });
  });

  it('fails for an engine that is too old', async () => {
    engine = await fakeEngine({ apiVersion: '1.39' });
    expect(named(await doctor(depsOf(fakeHost(tools))), 'API version')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('20.10 or newer'),
    });
  });

  it('warns that compose will be built, and fails without Go, Java and Maven', async () => {
    engine = await fakeEngine();
    const host = fakeHost({ docker: fails('docker: compose is not a docker command') });
    const report = await doctor(depsOf(host), { builds: true });
    expect(named(report, 'compose')).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('builds 2.40.3 once'),
    });
    for (const name of ['Go', 'Java', 'Maven']) expect(named(report, name)).toMatchObject({ status: 'fail' });
  });

  it('names a taken port and its owner, unless the lab’s own containers hold it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { readonly port: number };
    const ports = [{ key: 'ports.kafka', port, protocol: 'tcp' }] as const;

    engine = await fakeEngine();
    const taken = await doctor(depsOf(fakeHost(tools)), { ports, project: 'lab' });
    expect(named(taken, `port ${port}`)).toMatchObject({
      status: 'fail',
      found: expect.stringContaining(`port ${port}/tcp (ports.kafka) is taken`),
      fix: expect.stringContaining('--set ports.kafka=<port>'),
    });
    await engine.close();

    engine = await fakeEngine({ containers: [{ Ports: [{ PublicPort: port, PrivatePort: 19092, Type: 'tcp' }] }] });
    const held = await doctor(depsOf(fakeHost(tools)), { ports, project: 'lab' });
    expect(named(held, 'ports')).toMatchObject({ status: 'ok' });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the table', () => {
  const report: DoctorReport = {
    healthy: false,
    checks: [
      { name: 'engine', status: 'ok', found: 'Docker 20.10.24 at unix:///var/run/docker.sock' },
      {
        name: 'compose',
        status: 'warn',
        found: '2.17.2 is older than 2.20.0; the lab builds 2.40.3 once, in about two minutes',
        fix: 'to save that: install the docker-compose-plugin of Docker, 2.20 or newer',
      },
      {
        name: 'port 9092',
        status: 'fail',
        found:
          'port 9092/tcp (ports.kafka) is taken by process 42: /opt/a-very-long-path-of-a-program-that-holds-it/bin/java',
        fix: 'stop it: kill 42; or use another: --set ports.kafka=<port>',
      },
    ],
  };

  it.each([80, 120])('fits into %d columns, and cuts nothing off', async (columns) => {
    const text = renderDoctor(report, columns);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    await expect(text).toMatchFileSnapshot(`golden/doctor-${columns}.txt`);
  });
});
