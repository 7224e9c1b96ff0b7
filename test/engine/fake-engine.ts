// A Docker engine that answers /version and /info on a Unix socket of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface FakeEngine {
  readonly socket: string;
  /** paths asked for */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

export interface FakeAnswers {
  readonly apiVersion?: string;
  readonly minApiVersion?: string;
  readonly containers?: readonly unknown[];
}

/** Starts one. */
export async function fakeEngine(answers: FakeAnswers = {}): Promise<FakeEngine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fake-engine-'));
  const socket = path.join(folder, 'docker.sock');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(url, answers)));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    asked,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

function answer(url: string, answers: FakeAnswers): unknown {
  if (url.endsWith('/version')) {
    const { apiVersion = '1.41', minApiVersion = '1.12' } = answers;
    return { Version: '20.10.24', ApiVersion: apiVersion, MinAPIVersion: minApiVersion };
  }
  if (url.includes('/containers/json')) return answers.containers ?? [];
  return {
    DockerRootDir: '/var/lib/docker',
    CgroupVersion: '2',
    NCPU: 4,
    MemTotal: 8 * 1024 ** 3,
    KernelVersion: '6.1.0',
    Architecture: 'x86_64',
    OperatingSystem: 'Debian GNU/Linux 12',
  };
}
