// The credentials that the docker client would send to a registry, from its own configuration.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Host } from '../host.ts';

/** As the engine's API takes it. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/**
 * Credentials for a registry, or undefined when the client has none. `server` is what the client's configuration
 * calls the registry: its host, or for the engine's default one the address of its index.
 */
export async function registryAuth(host: Host, server: string): Promise<RegistryAuth | undefined> {
  const config = await dockerConfig(host);
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  const stored = helper === undefined ? undefined : await askHelper(host, helper, server);
  if (stored) return stored;
  const encoded = config.auths?.[server]?.auth ?? config.auths?.[`https://${server}`]?.auth;
  if (!encoded) return undefined;
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { username, password: password.join(':'), serveraddress: server };
}

async function dockerConfig(host: Host): Promise<DockerConfig> {
  const folder = host.env.DOCKER_CONFIG ?? path.join(host.env.HOME ?? homedir(), '.docker');
  const text = await readFile(path.join(folder, 'config.json'), 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as DockerConfig;
  } catch {
    // the docker client itself will say that its configuration is damaged; a public image needs none
    return {};
  }
}

/** https://github.com/docker/docker-credential-helpers: `get` with the server on stdin. */
async function askHelper(host: Host, helper: string, server: string): Promise<RegistryAuth | undefined> {
  const result = await host.run(`docker-credential-${helper}`, ['get'], { input: server, timeoutMs: 10_000 });
  if (result.exitCode !== 0) return undefined;
  const answer = JSON.parse(result.stdout) as { readonly Username: string; readonly Secret: string };
  return { username: answer.Username, password: answer.Secret, serveraddress: server };
}
