// What compose says, as faults that name the way out.
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { CommandResult, Host } from '../../src/host.ts';
import { runCompose, upArguments } from '../../src/lab/compose-up.ts';

const engine = { host: 'unix:///e.sock', compose: ['docker', 'compose'], env: {} } as unknown as Engine;

function host(result: Partial<CommandResult>): Host {
  return { run: async () => ({ exitCode: 1, stdout: '', stderr: '', ...result }) } as unknown as Host;
}

describe('compose', () => {
  it.each([
    ['Bind for 127.0.0.1:9090 failed: port is already allocated', 'PORT_TAKEN'],
    ['listen tcp4 127.0.0.1:9090: bind: address already in use', 'PORT_TAKEN'],
    ['failed to create network lab: Pool overlaps with other one on this address space', 'SUBNET_TAKEN'],
    ['write /var/lib: no space left on device', 'NO_DISK_SPACE'],
    ['something new', 'COMPOSE_FAILED'],
  ])('%s', async (stderr, code) => {
    await expect(runCompose(host({ stderr }), engine, upArguments('/x/compose.yaml'))).rejects.toMatchObject({
      code,
      detail: stderr,
    });
  });

  it('counts as interrupted when it was, although it exits 0', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(runCompose(host({ exitCode: 0 }), engine, [], abort.signal)).rejects.toThrow('aborted');
  });
});
