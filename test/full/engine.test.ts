// The lab's own engine on the real machine: it starts, containers work in it, nothing is left of it after a stop, and
// it comes back from being killed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCompose } from '../../src/engine/compose.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import type { BareEngine } from '../../src/engine/engine.ts';
import { ownEngineObstacle, startEngine, stopEngine } from '../../src/engine/ensure.ts';
import { findEngine } from '../../src/engine/find.ts';
import { openFiles } from '../../src/engine/own/daemon.ts';
import { engineLayout } from '../../src/engine/own/layout.ts';
import {
  containerIds,
  foreignDaemons,
  hostProcesses,
  isOwnDaemon,
  ownProcesses,
} from '../../src/engine/own/processes.ts';
import { ensureUnpacked } from '../../src/engine/own/unpack.ts';
import { realHost } from '../../src/host.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';
import { lookAtMachine, type Machine } from './engine-machine.ts';

/** Set for the run inside a network namespace; holds what was downloaded outside. */
const given = process.env.ENGINE_TEST_FOLDER;
const folder = given ?? (await mkdtemp(path.join(tmpdir(), 'lab-engine-')));
// Deeper than a Unix socket's path can be.
const cache = path.join(folder, 'a-cache-folder-that-is-deeper-than-most/'.repeat(4), 'kafka-load-lab');
const { DOCKER_HOST: _, DOCKER_CONTEXT: __, ...env } = process.env;
const deps: EngineDeps = {
  host: realHost(env),
  paths: { ...labPaths(projectRoot, env), cache },
  defaultSocket: path.join(folder, 'no-such.sock'),
};
const layout = engineLayout(deps);

const obstacle = (await ownEngineObstacle(deps))?.message;
const beside = !obstacle && !given && foreignDaemons(layout, await hostProcesses()).length > 0;
if (obstacle) console.log(`skipped: ${obstacle}`);
if (beside) console.log('another engine runs here: the tests run in a network namespace of their own');

const image = 'engine-test/busybox:1';

afterAll(async () => {
  if (!given) await rm(folder, { recursive: true, force: true });
});

async function download(): Promise<void> {
  await ensureUnpacked(deps, layout);
  await ensureCompose({ ...deps, paths: labPaths(projectRoot, env) });
  const root = path.join(folder, 'root');
  await mkdir(path.join(root, 'bin'), { recursive: true });
  const script = `cd "$1" && apt-get -o APT::Sandbox::User=root download busybox-static && dpkg -x busybox-static_*.deb files &&
    cp files/bin/busybox root/bin/ && for name in sh sleep wget cat nslookup sed httpd mkdir; do ln -sf busybox root/bin/$name; done &&
    tar -C root -cf root.tar .`;
  const result = await deps.host.run('sh', ['-c', script, 'sh', folder]);
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

// not a test that is left out: without another engine the tests below run right here
if (beside)
  describe('beside another engine', () => {
    it('passes in a network namespace of its own', async () => {
      await download();
      const child = spawn(
        'unshare',
        [
          '--net',
          'sh',
          '-c',
          'ip link set lo up && exec "$@"',
          'sh',
          process.execPath,
          'node_modules/vitest/vitest.mjs',
          'run',
          '--project',
          'full',
          'test/full/engine.test.ts',
        ],
        { cwd: projectRoot, env: { ...process.env, ENGINE_TEST_FOLDER: folder }, stdio: 'inherit' },
      );
      expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    });
  });

describe.skipIf(obstacle !== undefined || beside)("the lab's own engine", () => {
  let before: Machine;
  let engine: BareEngine;

  beforeAll(async () => {
    if (!given) await download();
    before = await lookAtMachine(deps);
    engine = await startEngine(deps);
    const stream = await engine.api.importImage(path.join(folder, 'root.tar'), {
      repo: 'engine-test/busybox',
      tag: '1',
    });
    await finished(engine.api, stream);
  });

  afterAll(async () => {
    await stopEngine(deps);
  });

  it('is its own, and says where it is and what it is', () => {
    expect(engine).toMatchObject({
      own: true,
      host: layout.host,
      facts: { dataRoot: layout.data, socketPath: layout.socket },
    });
    expect(engine.host.length).toBeLessThan(108);
  });

  it('is started once by commands that start it at the same time', async () => {
    await stopEngine(deps);
    const both = await Promise.all([startEngine(deps), startEngine(deps)]);
    const daemons = (await hostProcesses()).filter((process) => isOwnDaemon(layout, process));
    expect({ hosts: both.map(({ host }) => host), daemons: daemons.length }).toEqual({
      hosts: [layout.host, layout.host],
      daemons: 1,
    });
  });

  it('gives containers names, health checks, an init, sysctls, open files and published ports', async () => {
    const { api } = engine;
    const network = await api.createNetwork({ Name: 'engine-test' });
    const web = await api.createContainer({
      Image: image,
      name: 'engine-test-web',
      Cmd: [
        'sh',
        '-c',
        'mkdir -p /www; cat /proc/sys/net/unix/max_dgram_qlen > /www/qlen; ulimit -n > /www/files; cat /proc/1/comm > /www/init; exec httpd -f -p 80 -h /www',
      ],
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: {
        Test: ['CMD', 'wget', '-q', '-O', '-', 'http://127.0.0.1/qlen'],
        Interval: 500_000_000,
        Retries: 20,
      },
      HostConfig: {
        NetworkMode: 'engine-test',
        Init: true,
        Sysctls: { 'net.unix.max_dgram_qlen': '4096' },
        PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] },
      },
    });
    await web.start();
    await healthy(web);
    const port = (await web.inspect()).NetworkSettings.Ports['80/tcp']?.[0]?.HostPort;
    const fromHost = async (name: string): Promise<string> =>
      (await (await fetch(`http://127.0.0.1:${port}/${name}`)).text()).trim();
    const fromContainer = await run(api, ['sh', '-c', byName('engine-test-web', 'qlen')], 'engine-test');
    expect({
      qlen: await fromHost('qlen'),
      files: await fromHost('files'),
      init: await fromHost('init'),
      fromContainer,
    }).toEqual({ qlen: '4096', files: String(await openFiles()), init: 'docker-init', fromContainer: '4096' });
    await web.remove({ force: true });
    await network.remove();
  });

  it('runs a compose project: two services, a published port, compose waits until they are healthy', async () => {
    const compose = await ensureCompose({ ...deps, paths: labPaths(projectRoot, env) });
    const file = path.join(folder, 'compose.yaml');
    await writeFile(
      file,
      `name: engine-test
services:
  web:
    image: ${image}
    command: [httpd, -f, -p, "80", -h, /bin]
    ports: ["127.0.0.1:0:80"]
    healthcheck: { test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/sh"], interval: 500ms }
  other:
    image: ${image}
    command: [sleep, "600"]
    depends_on: { web: { condition: service_healthy } }
    healthcheck: { test: [CMD, nslookup, web], interval: 500ms }
`,
    );
    const [command = '', ...args] = compose.command;
    const call = (...verb: string[]): ReturnType<typeof deps.host.run> =>
      deps.host.run(command, [...args, '-f', file, ...verb], { env: engine.env });
    const up = await call('up', '-d', '--wait');
    const port = (await call('port', 'web', '80')).stdout.trim();
    const answer = await fetch(`http://${port}/sh`).then(({ status }) => status, String);
    const down = await call('down', '-t', '1');
    expect({ up: up.exitCode, answer, down: down.exitCode }, up.stderr).toEqual({ up: 0, answer: 200, down: 0 });
  });

  it('is never stopped as somebody else, nor joined by a second one', async () => {
    const other: EngineDeps = {
      ...deps,
      host: { ...deps.host, env: { ...env, DOCKER_HOST: layout.host } },
      paths: { ...deps.paths, cache: path.join(folder, 'other') },
    };
    expect(await stopEngine(other)).toEqual({ kind: 'foreign', host: layout.host });
    await expect(startEngine({ ...other, host: deps.host })).rejects.toMatchObject({
      code: 'ENGINE_CONFLICT',
      hint: `use it: export DOCKER_HOST=${layout.host}`,
    });
    await engine.api.ping();
  });

  describe.each([
    ['dockerd', /^dockerd$/, false],
    ['dockerd and containerd', /^(dockerd|containerd)$/, false],
    ['everything, and its pid was given to another process', /./, true],
  ])('after SIGKILL of %s', (_name, programs, recycled) => {
    it('comes back with its images and containers', async () => {
      const container = await engine.api.createContainer({
        Image: image,
        Cmd: ['sleep', '600'],
        HostConfig: { NetworkMode: 'bridge', PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] } },
      });
      await container.start();
      await kill(programs);
      if (recycled) await writeFile(layout.pidFile, String(process.pid));
      engine = await startEngine(deps);
      const again = engine.api.getContainer(container.id);
      expect((await again.inspect()).State.Running).toBe(false);
      await again.start();
      expect((await again.inspect()).State.Running).toBe(true);
      await again.remove({ force: true });
    });
  });

  it('leaves nothing when it is stopped, with containers running, or after it was killed', async () => {
    await engine.api.createNetwork({ Name: 'engine-test-left' });
    const options = {
      Image: image,
      Cmd: ['sleep', '600'],
      HostConfig: { NetworkMode: 'engine-test-left', Init: true },
    };
    await (await engine.api.createContainer(options)).start();
    expect(await stopEngine(deps)).toEqual({ kind: 'stopped', left: [] });
    expect(await lookAtMachine(deps)).toEqual(before);
    expect(existsSync(layout.runtime)).toBe(false);

    engine = await startEngine(deps);
    await (await engine.api.createContainer(options)).start();
    await kill(/^(dockerd|containerd)$/);
    expect(await stopEngine(deps)).toEqual({ kind: 'not-running', left: [] });
    expect(await lookAtMachine(deps)).toEqual(before);
    expect(existsSync(layout.runtime)).toBe(false);
  });

  it('is not found any more', async () => {
    expect(await findEngine(deps)).toBeUndefined();
    expect(await stopEngine(deps)).toEqual({ kind: 'not-running', left: [] });
  });
});

/** A statically linked busybox finds names with nslookup only. */
const byName = (name: string, file: string): string =>
  `wget -q -O - http://$(nslookup ${name} | sed -n 's/^Address.*: \\(10[0-9.]*\\)$/\\1/p')/${file}`;

/** Kills this engine's processes of these names, and waits until they are gone. */
async function kill(programs: RegExp): Promise<void> {
  const victims = async (): Promise<readonly number[]> =>
    ownProcesses(layout, await hostProcesses(), await containerIds(layout))
      .filter(({ command }) => programs.test(path.basename(command[0] ?? '')))
      .map(({ pid }) => pid);
  const pids = await victims();
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await expect.poll(victims, { timeout: 10_000 }).toEqual([]);
}

async function healthy(container: Docker.Container): Promise<void> {
  await expect
    .poll(async () => (await container.inspect()).State.Health?.Status, { timeout: 30_000, interval: 100 })
    .toBe('healthy');
}

/** What a command prints in a container of its own on this network. */
async function run(api: Docker, command: readonly string[], network: string): Promise<string> {
  const container = await api.createContainer({
    Image: image,
    Cmd: [...command],
    Tty: true,
    HostConfig: { NetworkMode: network },
  });
  await container.start();
  await container.wait();
  // dockerode parses a log that happens to be JSON, such as a number.
  const output = String(await container.logs({ stdout: true, stderr: true })).trim();
  await container.remove();
  return output;
}

async function finished(api: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    api.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
