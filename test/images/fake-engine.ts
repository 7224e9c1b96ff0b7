// The part of an engine's API that images need, on a port of its own: what it holds, how registries answer, what builds.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Docker from 'dockerode';

/** How a registry behind the engine behaves towards one reference. */
export type PullAnswer =
  | 'ok'
  /** status code and message before anything is sent */
  | { readonly status: number; readonly message: string }
  /** the layers begin to come, then this error */
  | { readonly after: string };

export interface FakeImages {
  /** references that the engine holds */
  readonly held?: readonly string[];
  /** answers of registries by reference, several for several tries; others: no such host */
  readonly pulls?: Readonly<Record<string, PullAnswer | readonly PullAnswer[]>>;
  /** the error of each build, by image name; others succeed */
  readonly buildErrors?: Readonly<Record<string, string>>;
}

export interface FakeImageEngine {
  readonly api: Docker;
  /** what was asked, in order: `list`, `probe <reference>`, `pull <reference>`, `build <reference> on <base>` … */
  readonly asked: string[];
  /** decoded X-Registry-Auth of each pull */
  readonly credentials: unknown[];
  readonly close: () => Promise<void>;
}

const noSuchHost = { status: 500, message: 'Get "https://registry/v2/": dial tcp: lookup registry: no such host' };

export async function fakeImageEngine(setup: FakeImages = {}): Promise<FakeImageEngine> {
  const held = new Set(setup.held);
  const asked: string[] = [];
  const credentials: unknown[] = [];
  const tries = new Map<string, number>();

  const answerOf = (reference: string): PullAnswer => {
    const answers = setup.pulls?.[reference] ?? noSuchHost;
    if (!Array.isArray(answers)) return answers as PullAnswer;
    const number = tries.get(reference) ?? 0;
    tries.set(reference, number + 1);
    return (answers as readonly PullAnswer[])[Math.min(number, answers.length - 1)] ?? noSuchHost;
  };
  const list = (): unknown => [...held].map((name) => ({ Id: idOf(name), RepoTags: [name], Size: 1_000_000 }));

  const pull = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void => {
    const reference = `${query.get('fromImage')}:${query.get('tag')}`;
    asked.push(`pull ${reference}`);
    const auth = request.headers['x-registry-auth'];
    credentials.push(typeof auth === 'string' ? JSON.parse(Buffer.from(auth, 'base64').toString()) : undefined);
    const answer = answerOf(reference);
    if (typeof answer === 'object' && 'status' in answer) {
      send(response, answer.status, answer);
      return;
    }
    const total = 2_000_000;
    const layers = [
      { status: 'Pulling from test', id: query.get('tag') },
      { status: 'Downloading', id: 'aaa', progressDetail: { current: total / 2, total } },
    ];
    if (typeof answer === 'object') {
      lines(response, [...layers, { error: answer.after }]);
      return;
    }
    held.add(reference);
    lines(response, [...layers, { status: 'Download complete', id: 'aaa' }, { status: 'Pull complete', id: 'aaa' }]);
  };

  const probe = (response: ServerResponse, reference: string): void => {
    asked.push(`probe ${reference}`);
    const answer = answerOf(reference);
    if (typeof answer === 'object' && 'status' in answer) send(response, answer.status, answer);
    else send(response, 200, {});
  };

  const build = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void => {
    const reference = query.get('t') ?? '';
    const base = (JSON.parse(query.get('buildargs') ?? '{}') as { BASE?: string }).BASE;
    asked.push(`build ${keyless(reference)}${base === undefined ? '' : ` on ${keyless(base)}`}`);
    const error = setup.buildErrors?.[/\/(.*):/.exec(reference)?.[1] ?? ''];
    request.resume().on('end', () => {
      if (error === undefined) held.add(reference);
      const end = error === undefined ? { stream: 'Successfully built\n' } : { error };
      lines(response, [{ stream: 'Step 1/1 : RUN false\n' }, end]);
    });
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine');
    const asks = decodeURI(url.pathname)
      .replace(/^\/v[\d.]+\//, '')
      .replace(/\/json$/, '');
    const [kind, ...rest] = asks.split('/');
    const name = rest.join('/');
    if (kind === 'build') build(request, response, url.searchParams);
    else if (kind === 'info') send(response, 200, { IndexServerAddress: 'https://index.example/v1/' });
    else if (kind === 'distribution') probe(response, name);
    else if (kind === 'images' && name === 'create') pull(request, response, url.searchParams);
    else if (kind === 'images' && name === '') {
      asked.push('list');
      send(response, 200, list());
    } else if (kind === 'images' && held.has(name)) send(response, 200, { Id: idOf(name), Size: 1_000_000 });
    else send(response, 404, { message: `no such thing: ${url.pathname}` });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    api: new Docker({ host: '127.0.0.1', port, version: 'v1.41' }),
    asked,
    credentials,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A reference without the content key at its end. */
export function keyless(reference: string): string {
  return reference.replace(/-[0-9a-f]{12}$/, '');
}

function idOf(name: string): string {
  return `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function lines(response: ServerResponse, events: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(events.map((event) => `${JSON.stringify(event)}\r\n`).join(''));
}
