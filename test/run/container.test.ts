import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Docker from 'dockerode';
import { afterEach, describe, expect, it } from 'vitest';
import { containerStarter, runToEnd } from '../../src/run/container.ts';

/** A docker engine that has one container, `k6`, which prints and exits as told. */
interface FakeEngine {
  readonly createStatus?: number;
  readonly startStatus?: number;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  readonly output?: readonly (readonly [stream: 1 | 2, text: string])[];
  /** the connection of `wait` breaks */
  readonly vanishes?: boolean;
}

let server: Server | undefined;
afterEach(() => void server?.close());

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function engine(fake: FakeEngine): Promise<{ readonly api: Docker; readonly calls: string[] }> {
  const calls: string[] = [];
  const json = (status: number, body: unknown) => ({ status, body: JSON.stringify(body) });
  server = createServer((request, response) => {
    const call = `${request.method} ${request.url?.replace(/\?.*/, '')}`;
    calls.push(call);
    const answers: Record<string, () => { status: number; body: string }> = {
      'POST /containers/create': () => json(fake.createStatus ?? 201, { Id: 'k6', message: 'No such image: x' }),
      'POST /containers/k6/start': () => json(fake.startStatus ?? 204, { message: 'no such network' }),
      'POST /containers/k6/wait': () => json(200, { StatusCode: fake.exitCode ?? 0 }),
      'GET /containers/k6/json': () =>
        json(200, { State: { ExitCode: fake.exitCode ?? 0, OOMKilled: fake.oomKilled ?? false } }),
      'DELETE /containers/k6': () => json(204, {}),
      'POST /containers/k6/kill': () => json(204, {}),
    };
    if (call === 'POST /containers/k6/attach') {
      response.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream' });
      for (const [stream, text] of fake.output ?? []) response.write(frame(stream, text));
      response.end();
    } else if (fake.vanishes && call.endsWith('/wait')) {
      response.destroy();
    } else {
      const { status, body } = answers[call]?.() ?? json(404, { message: `no ${call}` });
      response.writeHead(status, { 'content-type': 'application/json' }).end(status === 204 ? undefined : body);
    }
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { api: new Docker({ host: '127.0.0.1', port, protocol: 'http' }), calls };
}

const signal = new AbortController().signal;

describe('a container run to its end', () => {
  it('gives both streams apart, and its exit code', async () => {
    const { api, calls } = await engine({
      exitCode: 99,
      output: [
        [1, 'sum'],
        [2, 'oops\n'],
        [1, 'mary\n'],
      ],
    });
    expect(await runToEnd(containerStarter(api), { name: 'k6', Image: 'x' }, signal)).toEqual({
      exit: { exitCode: 99, oomKilled: false },
      stdout: 'summary\n',
      stderr: 'oops\n',
    });
    // one left behind under this name goes first; its own goes last
    expect([calls[0], calls.at(-1)]).toEqual(['DELETE /containers/k6', 'DELETE /containers/k6']);
  });

  it('tells a kill for lack of memory', async () => {
    const { api } = await engine({ exitCode: 137, oomKilled: true });
    const { exit } = await runToEnd(containerStarter(api), { Image: 'x' }, signal);
    expect(exit).toEqual({ exitCode: 137, oomKilled: true });
  });

  it('has no exit code when the engine goes away under it', async () => {
    const { api } = await engine({ vanishes: true });
    const { exit } = await runToEnd(containerStarter(api), { Image: 'x' }, signal);
    expect(exit).toEqual({ exitCode: null, oomKilled: false });
  });

  it.each([
    ['has no image', { createStatus: 404 }, /No such image: x/],
    ['cannot be started', { startStatus: 404 }, /no such network/],
  ])("that %s is an error in the engine's words, and is not left behind", async (_, fake, said) => {
    const { api, calls } = await engine(fake);
    const started = containerStarter(api)({ Image: 'x' }, () => undefined);
    await expect(started).rejects.toMatchObject({ code: 'K6_START', message: expect.stringMatching(said) });
    const created = calls.includes('POST /containers/k6/attach');
    expect(calls.includes('DELETE /containers/k6')).toBe(created);
  });
});
