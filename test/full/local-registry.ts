// Debian's docker-registry on loopback, and a proxy in front of it that misbehaves as registries do.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface LocalRegistry {
  /** host:port, as it stands in front of a reference */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** bcrypt of `secret` for the user `lab`; the registry takes no other hash */
const htpasswd = 'lab:$2b$04$DF3X0CHbYSHMfHwz2x38Ouxw5YxFBRhOcm/8jnREd.zY7/lvlfJiS\n';

/** Starts the registry; its images are in `data`. With `login`, only the user lab with the password secret may pull. */
export async function startRegistry(
  program: string,
  folder: string,
  name: string,
  options: { readonly data: string; readonly login?: boolean },
): Promise<LocalRegistry> {
  const file = path.join(folder, `${name}.json`);
  const users = path.join(folder, 'htpasswd');
  await writeFile(users, htpasswd);
  await writeFile(
    file,
    JSON.stringify({
      version: 0.1,
      // the line that tells the port is an information
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: options.data } },
      http: { addr: '127.0.0.1:0' },
      ...(options.login ? { auth: { htpasswd: { realm: 'lab', path: users } } } : {}),
    }),
  );
  const registry = spawn(program, ['serve', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    return { address: await listeningAddress(registry), stop: () => stop(registry) };
  } catch (error) {
    await stop(registry);
    throw error;
  }
}

async function listeningAddress(registry: ChildProcess): Promise<string> {
  if (registry.stderr === null) throw new Error('the registry has no output');
  const said: string[] = [];
  for await (const line of createInterface({ input: registry.stderr })) {
    said.push(line);
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address) {
      registry.stderr.resume();
      return address;
    }
  }
  throw new Error(`the registry ended:\n${said.join('\n')}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}

/** `cut`: every layer breaks off half way; `cut-once`: the next one does. */
export type Mood = 'good' | 'rate-limit' | 'cut' | 'cut-once';

export interface MoodyProxy extends LocalRegistry {
  mood: Mood;
  /** method and path of each request */
  readonly requests: string[];
}

/** A proxy that behaves as its mood is. */
export async function startProxy(registry: string): Promise<MoodyProxy> {
  const [host, port] = registry.split(':');
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    if (proxy.mood === 'rate-limit') {
      tooMany(outgoing);
      return;
    }
    const upstream = request(
      {
        host,
        port,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host: proxy.address },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        const length = Number(answer.headers['content-length'] ?? 0);
        const layer = incoming.method === 'GET' && /\/blobs\//.test(incoming.url ?? '') && length > 100_000;
        if (layer && proxy.mood.startsWith('cut')) {
          if (proxy.mood === 'cut-once') proxy.mood = 'good';
          answer.once('data', (chunk: Buffer) => outgoing.write(chunk, () => outgoing.destroy()));
        } else {
          answer.pipe(outgoing);
        }
      },
    );
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: MoodyProxy = {
    mood: 'good',
    requests,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return proxy;
}

function tooMany(outgoing: ServerResponse): void {
  const error = { code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit' };
  outgoing.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [error] }));
}
