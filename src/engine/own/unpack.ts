// Has an engine's programs without installing them: Debian's packages, downloaded and unpacked into the cache folder.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LabError } from '../../errors.ts';
import { type Host, mustRun } from '../../host.ts';
import type { EngineDeps } from '../deps.ts';
import { diskFault } from '../disk.ts';
import type { Layout } from './layout.ts';
import { type PackagePlan, planPackages } from './packages.ts';

/** An unpacked engine. */
export interface Unpacked {
  /** root of the unpacked packages: <root>/usr/sbin/dockerd */
  readonly root: string;
  /** of Debian's package */
  readonly version: string;
}

export type Iptables = 'nft' | 'legacy';

/** The unpacked engine under the layout's short path, for as long as the engine runs. */
export async function linkUnpacked(layout: Layout, unpacked: Unpacked): Promise<Unpacked> {
  await mkdir(layout.runtime, { recursive: true, mode: 0o711 });
  await rm(layout.root, { force: true });
  await symlink(unpacked.root, layout.root);
  return { ...unpacked, root: layout.root };
}

/** Downloads and unpacked files, with room to spare. */
const neededBytes = 1024 ** 3;

/** What the unpacked programs need: each other on the PATH, their libraries, iptables' modules under a chosen kind. */
export async function unpackedEnv(
  unpacked: Unpacked,
  host: Host,
  iptables: Iptables = 'nft',
): Promise<Readonly<Record<string, string>>> {
  const { root } = unpacked;
  const libraries = await libraryFolders(root);
  const programs = ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map((folder) => path.join(root, folder));
  return {
    PATH: [path.join(root, `iptables-${iptables}`), ...programs, host.env.PATH ?? ''].join(':'),
    LD_LIBRARY_PATH: [...libraries, ...(host.env.LD_LIBRARY_PATH ? [host.env.LD_LIBRARY_PATH] : [])].join(':'),
    XTABLES_LIBDIR: libraries.map((folder) => path.join(folder, 'xtables')).find(existsSync) ?? '',
  };
}

/** usr/lib/<machine> and lib/<machine>, as multi-arch Debian has them. */
async function libraryFolders(root: string): Promise<readonly string[]> {
  const parents = [path.join(root, 'usr/lib'), path.join(root, 'lib')];
  const found = await Promise.all(
    parents.map(async (parent) => {
      const names = await readdir(parent).catch(() => []);
      return names.filter((name) => /-linux-gnu/.test(name)).map((name) => path.join(parent, name));
    }),
  );
  return found.flat();
}

/** The unpacked engine of this cache folder, if there is one that works on this machine. */
export async function findUnpacked(deps: EngineDeps, layout: Layout): Promise<Unpacked | undefined> {
  const release = await osRelease();
  const names = (await readdir(layout.home).catch(() => [])).filter((name) => name.endsWith(`-${release}`)).sort();
  for (const name of names.reverse()) {
    const root = path.join(layout.home, name);
    const unpacked = { root, version: name.slice(0, -release.length - 1) };
    if (existsSync(path.join(root, 'complete.json')) && (await works(deps.host, unpacked)) === undefined)
      return unpacked;
  }
  return undefined;
}

/** Finds or downloads and unpacks the engine. Errors: ENGINE_MISSING, NO_DISK_SPACE, ENGINE_DOWNLOAD. */
export async function ensureUnpacked(deps: EngineDeps, layout: Layout): Promise<Unpacked> {
  const found = await findUnpacked(deps, layout);
  if (found) return found;
  await mkdir(layout.home, { recursive: true });
  const { bavail, bsize } = await statfs(layout.home);
  if (bavail * bsize < neededBytes) throw diskFault(layout.home, bavail * bsize, neededBytes);

  const refresh = async (): Promise<void> => {
    deps.onProgress?.('fetching package lists');
    await mustRun(
      deps.host,
      'apt-get',
      ['update'],
      {
        code: 'ENGINE_DOWNLOAD',
        message: 'apt-get update failed',
        hint: 'check the sources of apt and the network, or install Docker yourself',
      },
      signalOf(deps),
    );
  };
  const plan = await planPackages(deps.host, refresh);
  const target = path.join(layout.home, `${plan.version.replace(/[^a-zA-Z0-9.+~-]/g, '_')}-${await osRelease()}`);
  const building = `${target}.new`;
  await rm(building, { recursive: true, force: true });
  await mkdir(path.join(building, 'packages'), { recursive: true });
  try {
    await download(deps, plan, path.join(building, 'packages'), refresh);
    await unpack(deps, building, plan);
    const unpacked = { root: building, version: plan.version };
    const fault = await works(deps.host, unpacked);
    if (fault) {
      throw new LabError({
        code: 'ENGINE_FAILED',
        message: 'the unpacked Docker engine does not run on this machine',
        hint: 'install Docker yourself: apt-get install docker.io',
        detail: fault,
      });
    }
    await rm(target, { recursive: true, force: true });
    await rename(building, target);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    deps.signal?.throwIfAborted();
    throw error;
  }
  return { root: target, version: plan.version };
}

async function download(
  deps: EngineDeps,
  plan: PackagePlan,
  folder: string,
  refresh: () => Promise<void>,
): Promise<void> {
  deps.onProgress?.(`downloading Docker ${plan.version} (${plan.packages.length} packages)`);
  // apt's own sandbox user cannot write to a cache folder below /root.
  const args = ['-o', 'APT::Sandbox::User=root', 'download', ...plan.packages];
  const options = { cwd: folder, ...signalOf(deps) };
  const first = await deps.host.run('apt-get', args, options);
  if (first.exitCode === 0) return;
  deps.signal?.throwIfAborted();
  if (/enough free space|No space left/i.test(first.stderr)) throw diskFault(folder);
  // Lists that are older than the archive name packages that are gone.
  await refresh();
  await mustRun(
    deps.host,
    'apt-get',
    args,
    {
      code: 'ENGINE_DOWNLOAD',
      message: 'Docker’s packages cannot be downloaded',
      hint: 'check the sources of apt and the network, or install Docker yourself',
    },
    options,
  );
}

async function unpack(deps: EngineDeps, root: string, plan: PackagePlan): Promise<void> {
  deps.onProgress?.(`unpacking Docker ${plan.version}`);
  const folder = path.join(root, 'packages');
  const unpackOne = async (name: string): Promise<void> => {
    const result = await deps.host.run('dpkg', ['-x', path.join(folder, name), root]);
    if (result.exitCode === 0) return;
    if (/No space left/i.test(result.stderr)) throw diskFault(root);
    throw new LabError({
      code: 'ENGINE_DOWNLOAD',
      message: `the package ${name} cannot be unpacked`,
      hint: 'it may be damaged: try again',
      detail: result.stderr.trim(),
    });
  };
  const faults = (await Promise.allSettled((await readdir(folder)).map(unpackOne))).flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  if (faults.length > 0) throw faults[0];
  await rm(folder, { recursive: true });
  for (const kind of ['nft', 'legacy']) {
    const links = path.join(root, `iptables-${kind}`);
    await mkdir(links);
    for (const name of ['iptables', 'ip6tables'].flatMap((tool) => [tool, `${tool}-save`, `${tool}-restore`])) {
      await symlink(`../usr/sbin/xtables-${kind}-multi`, path.join(links, name));
    }
  }
  await writeFile(path.join(root, 'complete.json'), JSON.stringify(plan, null, 2));
}

/** Undefined when the programs run; otherwise what they say. A library may be missing that was installed before. */
async function works(host: Host, unpacked: Unpacked): Promise<string | undefined> {
  const env = await unpackedEnv(unpacked, host);
  for (const [command, argument] of [
    ['dockerd', '--version'],
    ['runc', '--version'],
    ['iptables', '--version'],
    ['ip', '-V'],
  ] as const) {
    const result = await host.run(command, [argument], { env });
    if (result.exitCode !== 0) return `${command} ${argument}: ${result.stderr.trim() || `exit ${result.exitCode}`}`;
  }
  return undefined;
}

/** For example debian-12: libraries of one release do not fit another. */
async function osRelease(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]+)"?$`, 'm').exec(text)?.[1] ?? '';
  return [value('ID') || 'linux', value('VERSION_ID')].filter(Boolean).join('-');
}

function signalOf(deps: EngineDeps): { readonly signal?: AbortSignal } {
  return deps.signal ? { signal: deps.signal } : {};
}
