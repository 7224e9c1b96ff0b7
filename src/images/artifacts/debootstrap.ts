// A base image without a registry: the machine's own Debian (or Ubuntu) release, minimal, by debootstrap.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LabError } from '../../errors.ts';
import { type Host, mustRun } from '../../host.ts';
import type { Tell } from '../steps.ts';
import { requireApt, unpackDebs, updateLists } from './apt.ts';
import type { ArtifactContext, ArtifactRecipe } from './artifact.ts';

/** What the machine says of its own release. */
interface Release {
  readonly id: string;
  readonly codename: string;
}

/** One package index of the machine's apt. */
interface AptIndex {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
}

/** Left out, as Debian's slim images do. */
const leftOut = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'var/cache/apt', 'var/log'];

/** rootfs.tar of a minimal system of the machine's own release, whose apt uses the machine's own mirrors. */
export function debootstrap(context: ArtifactContext): ArtifactRecipe {
  return {
    title: 'debootstrap',
    into: '',
    key: async () => ['debootstrap', 1, await release(), context.architecture],
    load: 'network',
    make: (target, tell) => bootstrap(target, context, tell),
  };
}

async function bootstrap(target: string, context: ArtifactContext, tell: Tell): Promise<void> {
  const { host, signal } = context;
  await requireApt(host);
  if (host.uid !== 0) {
    throw new LabError({
      code: 'ROOT_NEEDED',
      message: 'building the base image without a container registry needs root (debootstrap makes a root file system)',
      hint: 'run the lab as root once, or give it a registry (images.mirror in lab.yaml)',
    });
  }
  const { id, codename } = await release();
  const indexes = await aptIndexes(host, id, codename, signal, tell);
  const main = indexes.find((index) => index.suite === codename && index.component === 'main');
  if (main === undefined) {
    throw new LabError({
      code: 'APT_SOURCES_UNUSABLE',
      message: `the machine's apt sources have no archive of ${id} ${codename} main`,
      hint: 'add the release of this machine to /etc/apt/sources.list.d and run `apt-get update`',
    });
  }
  const tools = path.join(target, 'tools');
  const root = path.join(target, 'root');
  await mkdir(tools);
  await unpackDebs(host, ['debootstrap'], tools, signal, tell);
  await mustRun(
    host,
    // in a mount namespace of its own: /proc and /sys of the new root vanish with it, however it ends
    'unshare',
    [
      '--mount',
      path.join(tools, 'usr/sbin/debootstrap'),
      '--variant=minbase',
      ...(main.uri.startsWith('https:') ? ['--include=ca-certificates'] : []),
      codename,
      root,
      main.uri,
    ],
    {
      code: 'DEBOOTSTRAP_FAILED',
      message: 'the base image cannot be made',
      hint: 'debootstrap says why above; check the mirror in the apt sources of this machine and free disk space',
    },
    { env: { DEBOOTSTRAP_DIR: path.join(tools, 'usr/share/debootstrap'), LC_ALL: 'C' }, signal, onLine: tell },
  );
  await writeFile(path.join(root, 'etc/apt/sources.list'), sourcesList(indexes));
  await trim(root);
  await mustRun(
    host,
    'tar',
    [
      '--create',
      '--numeric-owner',
      '--one-file-system',
      '--sort=name',
      '-f',
      path.join(target, 'rootfs.tar'),
      '-C',
      root,
      '.',
    ],
    { code: 'DEBOOTSTRAP_FAILED', message: 'the base image cannot be packed', hint: 'check free disk space' },
    { signal },
  );
  await rm(root, { recursive: true });
  await rm(tools, { recursive: true });
}

/** Lines of a sources.list for indexes; the release's own keys, which are in its minimal system, sign them. */
export function sourcesList(indexes: readonly AptIndex[]): string {
  const components = new Map<string, string[]>();
  for (const { uri, suite, component } of indexes) {
    const archive = `deb ${uri} ${suite}`;
    components.set(archive, [...(components.get(archive) ?? []), component]);
  }
  return [...components].map(([archive, names]) => `${archive} ${names.join(' ')}\n`).join('');
}

/** Output of `apt-get indextargets` in the format below, for archives of this distribution's release. */
export function parseIndexes(output: string, id: string, codename: string): readonly AptIndex[] {
  return output
    .split('\n')
    .map((line) => line.split('|'))
    .flatMap(([uri = '', suite = '', component = '', origin = '']) =>
      origin.toLowerCase() === id && (suite === codename || suite.startsWith(`${codename}-`))
        ? [{ uri, suite, component }]
        : [],
    );
}

/** Asks apt, which reads every format of its sources, for the archives of this release. */
async function aptIndexes(
  host: Host,
  id: string,
  codename: string,
  signal: AbortSignal,
  tell: Tell,
): Promise<readonly AptIndex[]> {
  const ask = async (): Promise<readonly AptIndex[]> => {
    const format = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)';
    const result = await host.run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], { signal });
    return parseIndexes(result.stdout, id, codename);
  };
  const known = await ask();
  if (known.length > 0) return known;
  // the origin of an archive is known only when its lists are there
  await updateLists(host, signal, tell);
  return ask();
}

async function trim(root: string): Promise<void> {
  const lists = path.join(root, 'var/lib/apt/lists');
  for (const folder of [...leftOut.map((name) => path.join(root, name)), lists]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  }
  await mkdir(path.join(root, 'var/cache/apt/archives/partial'), { recursive: true });
  await mkdir(path.join(lists, 'partial'));
  const excludes = leftOut
    .filter((name) => name.startsWith('usr/share'))
    .map((name) => `path-exclude=/${name}/*\n`)
    .join('');
  await writeFile(path.join(root, 'etc/dpkg/dpkg.cfg.d/slim'), excludes);
}

async function release(): Promise<Release> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}
