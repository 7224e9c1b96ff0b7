// Pulling one image through the engine, with progress, credentials and a second try where the network broke.
import type Docker from 'dockerode';
import pRetry from 'p-retry';
import prettyBytes from 'pretty-bytes';
import type { LabError } from '../errors.ts';
import type { RegistryAuth } from './auth.ts';
import { pullFault } from './pull-fault.ts';
import { splitReference } from './reference.ts';
import type { Tell } from './steps.ts';
import { type EngineEvent, readEvents } from './stream.ts';

export interface PullOptions {
  readonly auth?: RegistryAuth | undefined;
  readonly signal: AbortSignal;
  readonly tell: Tell;
  /** further tries after a broken connection; default 2 */
  readonly retries?: number;
  /** before the second try, doubled before the third; default 1,000 ms */
  readonly retryDelayMs?: number;
}

/** An engine that tried a layer again and again by itself, which takes it a minute, is not asked once more. */
const patienceMs = 30_000;

/** Pulls an image. Fails with one of the codes of pull-fault.ts. */
export async function pullImage(api: Docker, reference: string, options: PullOptions): Promise<void> {
  const { signal, tell } = options;
  await pRetry(() => pullOnce(api, reference, options), {
    retries: options.retries ?? 2,
    minTimeout: options.retryDelayMs ?? 1_000,
    maxRetryTime: patienceMs,
    signal,
    shouldRetry: ({ error }) => (error as LabError).code === 'REGISTRY_GONE',
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (retriesLeft > 0) tell(error.message);
    },
  });
}

async function pullOnce(api: Docker, reference: string, { auth, signal, tell }: PullOptions): Promise<void> {
  const { name, version } = splitReference(reference);
  const layers = new Layers();
  try {
    // credentials as an argument of their own: among the options they would end up in the request's address
    const stream = await api.createImage(auth, { fromImage: name, tag: version, abortSignal: signal });
    await readEvents(stream, (event) => {
      if (layers.add(event)) tell(event.status?.startsWith('Retrying') ? event.status : layers.summary());
    });
  } catch (error) {
    signal.throwIfAborted();
    throw pullFault(reference, error, layers.begun);
  }
}

/** What is known of an image's layers while it is pulled. */
export class Layers {
  readonly #layers = new Map<string, { current: number; total: number; done: boolean }>();

  /** Takes an event in; true when it changed what the summary says. */
  add(event: EngineEvent): boolean {
    const { id, status } = event;
    if (id === undefined || status === undefined || /^(Pulling from|Digest)/.test(status)) return false;
    const layer = this.#layers.get(id) ?? { current: 0, total: 0, done: false };
    if (status === 'Downloading') {
      layer.current = event.progressDetail?.current ?? layer.current;
      layer.total = event.progressDetail?.total ?? layer.total;
    }
    if (status === 'Download complete') layer.current = layer.total;
    if (status === 'Pull complete' || status === 'Already exists') layer.done = true;
    this.#layers.set(id, layer);
    return true;
  }

  /** Is any layer known yet? */
  get begun(): boolean {
    return this.#layers.size > 0;
  }

  /** e.g. `3/7 layers, 45 MB of 120 MB` */
  summary(): string {
    const all = [...this.#layers.values()];
    const sum = (of: 'current' | 'total'): string => prettyBytes(all.reduce((bytes, layer) => bytes + layer[of], 0));
    return `${all.filter((layer) => layer.done).length}/${all.length} layers, ${sum('current')} of ${sum('total')}`;
  }
}
