// What the engine says when a pull fails, as faults that a user can act on. Pure.
import { LabError } from '../errors.ts';
import { diskFault, isDiskFull } from './disk.ts';
import { registryName, registryOf } from './reference.ts';

/** What an engine says of a registry that it cannot talk to at all. */
export const unreachable =
  /no such host|connection refused|i\/o timeout|timed? ?out|deadline exceeded|unreachable|no route to host|server misbehaving|temporary failure in name resolution|x509|tls: |proxyconnect/i;

/** Words of engines and registries, the more telling ones first. */
const kinds: readonly { readonly code: string; readonly words: RegExp }[] = [
  { code: 'REGISTRY_RATE_LIMIT', words: /toomanyrequests|too many requests|\b429\b|rate limit/i },
  {
    code: 'REGISTRY_LOGIN_REFUSED',
    words:
      /unauthorized|authentication required|no basic auth credentials|pull access denied|denied:|\b40[13]\b|incorrect username or password/i,
  },
  {
    code: 'IMAGE_NOT_FOUND',
    words: /manifest unknown|not found|name unknown|no such image|no matching manifest|\b404\b/i,
  },
  { code: 'REGISTRY_UNREACHABLE', words: unreachable },
  {
    code: 'REGISTRY_GONE',
    words:
      /\bEOF\b|connection reset|broken pipe|short read|aborted|socket hang up|ECONNRESET|EPIPE|unexpected (http )?status/i,
  },
];

/** The fault for a failed pull of `reference`, from the engine's error; `begun`: layers were already on their way. */
export function pullFault(reference: string, error: unknown, begun = false): LabError {
  const reason = error instanceof Error ? error.message : String(error);
  if (isDiskFull(reason)) return diskFault(`pulling ${reference}`, error);
  const said = kinds.find((kind) => kind.words.test(reason))?.code ?? 'IMAGE_PULL_FAILED';
  const code = said === 'REGISTRY_UNREACHABLE' && begun ? 'REGISTRY_GONE' : said;
  const registry = registryName(registryOf(reference));
  const server = registryOf(reference);
  const texts: Readonly<Record<string, readonly [message: string, hint: string]>> = {
    REGISTRY_RATE_LIMIT: [
      `${registry} answers "too many requests" for ${reference}`,
      `log in (\`docker login${server ? ` ${server}` : ''}\`), wait, set images.mirror, or set images.source to build`,
    ],
    REGISTRY_LOGIN_REFUSED: [
      `${registry} refuses to give ${reference} without a valid login`,
      `run \`docker login${server ? ` ${server}` : ''}\`, or check the image's name: some registries say the same of one that does not exist`,
    ],
    IMAGE_NOT_FOUND: [
      `${registry} has no ${reference}`,
      'check images.mirror and images.overrides in lab.yaml, or set images.source to build',
    ],
    REGISTRY_UNREACHABLE: [
      `${registry} cannot be reached for ${reference}`,
      'check the network and the proxy of the engine, set images.mirror, or set images.source to build',
    ],
    REGISTRY_GONE: [
      `the connection to ${registry} broke while ${reference} was pulled`,
      'run the command again: layers that arrived are kept; or set images.source to build',
    ],
    IMAGE_PULL_FAILED: [
      `${reference} cannot be pulled`,
      'the engine says why above; images.source: build does without',
    ],
  };
  const [message, hint] = texts[code] ?? ['', ''];
  return new LabError({ code, message, hint, detail: reason, cause: error });
}
