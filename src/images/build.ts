// Building one image through the engine's API, from a context that has everything but the base and Debian packages.
import type Docker from 'dockerode';
import { LabError } from '../errors.ts';
import type { Host } from '../host.ts';
import { type ContextPart, contextStream } from './context.ts';
import { diskFault, isDiskFull } from './disk.ts';
import type { Tell } from './steps.ts';
import { readEvents } from './stream.ts';

/** The label by which the lab knows its own images. */
export const keyLabel = 'kafka-load-lab.key';

export interface BuildRequest {
  readonly reference: string;
  readonly key: string;
  readonly dockerfile: string;
  /** passed as build argument BASE */
  readonly base?: string | undefined;
  readonly args?: Readonly<Record<string, string>> | undefined;
  readonly parts: readonly ContextPart[];
}

/** Lines of output that an error shows. */
const shownLines = 20;

/** Builds and tags an image. Fails with IMAGE_BUILD_FAILED and the build's last lines, or NO_DISK_SPACE. */
export async function buildImage(
  api: Docker,
  host: Host,
  request: BuildRequest,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  const output: string[] = [];
  try {
    const stream = await api.buildImage(contextStream(request.parts), {
      t: request.reference,
      dockerfile: request.dockerfile,
      buildargs: { ...proxyArgs(host), ...(request.base ? { BASE: request.base } : {}), ...request.args },
      labels: { [keyLabel]: request.key },
      // packages come from where the host gets them
      networkmode: 'host',
      rm: true,
      forcerm: true,
      abortSignal: signal,
    });
    await readEvents(stream, (event) => {
      for (const line of (event.stream ?? '').split('\n')) {
        if (line.trim() === '') continue;
        output.push(line);
        tell(line);
      }
    });
  } catch (error) {
    signal.throwIfAborted();
    throw buildFault(request.reference, error, output);
  }
}

function buildFault(reference: string, error: unknown, output: readonly string[]): LabError {
  const reason = error instanceof Error ? error.message : String(error);
  const detail = [...output, reason].slice(-shownLines).join('\n');
  if (isDiskFull(`${detail}`)) return diskFault(`building ${reference}`, error);
  return new LabError({
    code: 'IMAGE_BUILD_FAILED',
    message: `${reference} does not build`,
    hint: 'the last lines of the build say why; run the command again if it was the network',
    detail,
    cause: error,
  });
}

/** The host's proxies; the engine knows these names and keeps them out of the image's history. */
function proxyArgs(host: Host): Readonly<Record<string, string>> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = host.env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
