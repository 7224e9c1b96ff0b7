// Bad luck and bad timing on the real lab: what is said, what is kept, and that the next command works again.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/config/schema.ts';
import { findBareEngine } from '../../src/engine/find.ts';
import { realHost } from '../../src/host.ts';
import { labContainers } from '../../src/lab/containers.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';
import { type Done, said, verb } from '../driver.ts';
import { labEngine } from './lab-engine.ts';

async function containerCount(): Promise<number> {
  return (await labContainers(await labEngine(), defaultConfig.name)).size;
}

describe.sequential('bad luck', () => {
  afterAll(() => verb('down'));

  it('a port that is taken is named, with its owner', async () => {
    await verb('down');
    const server = createServer().listen(defaultConfig.ports.prometheus, '127.0.0.1');
    await once(server, 'listening');
    const up = await verb('up');
    server.close();
    expect(up.exitCode, said(up)).toBe(3);
    expect(up.stderr).toContain('error PORT_TAKEN: port 9090/tcp (ports.prometheus)');
    if (process.platform === 'linux') expect(up.stderr).toContain(`process ${process.pid}`);
    expect(await containerCount()).toBe(0);
  });

  it('a service that exits while starting shows its last lines', async () => {
    const up = await verb('up', ['--set', 'kafka.settings.num.network.threads=none']);
    expect(up.exitCode, said(up)).toBe(3);
    expect(up.stderr).toContain('error SERVICE_EXITED: kafka-1 exited while starting');
    expect(up.stderr).toContain('num.network.threads');
  });

  it('Ctrl-C while coming up takes down what was started', async () => {
    await verb('down');
    const up = await verb('up', [], { at: { text: 'kafka-1', act: (pid) => process.kill(pid, 'SIGINT') } });
    expect(up.exitCode, said(up)).toBe(130);
    expect(await containerCount()).toBe(0);
  });

  it('Ctrl-C during a run ends it gracefully, and the snapshot is marked', async () => {
    const run = await verb('run', ['smoke', '--label', 'interrupted'], {
      at: { text: /^run .*-smoke-interrupted/m, act: (pid) => process.kill(pid, 'SIGINT') },
    });
    expect(run.exitCode, said(run)).toBe(130);
    expect((await verb('status')).exitCode).toBe(0);
  });

  it('two commands at once: the second is told who is at work', async () => {
    let second: Promise<Done> | undefined;
    const first = await verb('run', ['smoke', '--label', 'first'], {
      at: { text: /^run .*-smoke-first/m, act: () => (second = verb('down')) },
    });
    expect(first.exitCode, said(first)).toBe(0);
    const refused = await second;
    expect(refused?.exitCode).toBe(3);
    expect(refused?.stderr).toContain('error LAB_BUSY: another command works on this lab: lab:run smoke');
  });

  it('a lab:run that was killed hard leaves nothing that the next one trips over', async () => {
    const killed = await verb('run', ['smoke', '--label', 'killed'], {
      at: { text: /^run .*-smoke-killed/m, act: (pid) => process.kill(pid, 'SIGKILL') },
    });
    expect(killed.exitCode).toBeNull();
    // a dead process' lock is honoured for ten seconds: the next command says so, and is then let in
    await expect.poll(async () => (await verb('status')).exitCode, { timeout: 30_000 }).toBe(0);
    await expect
      .poll(async () => (await verb('run', ['smoke', '--label', 'next'])).exitCode, {
        timeout: 240_000,
        interval: 5_000,
      })
      .toBe(0);
  });

  it('an engine that was killed hard is recovered by the next lab:up', async (context) => {
    const deps = { host: realHost(), paths: labPaths(projectRoot, process.env) };
    const engine = await findBareEngine(deps);
    if (!engine?.own) {
      console.log('skipped: the engine in use is not the lab’s own, so it is not killed');
      return context.skip();
    }
    const { stdout } = await deps.host.run('pgrep', ['-f', `dockerd.*${engine.facts.socketPath}`]);
    for (const pid of stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
    const up = await verb('up');
    expect(up.exitCode, said(up)).toBe(0);
    expect((await verb('status')).exitCode).toBe(0);
  });
});
