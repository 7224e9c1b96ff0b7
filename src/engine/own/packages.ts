// Which Debian packages make an engine on this machine: Docker's own, and the libraries that are not installed.
import { LabError } from '../../errors.ts';
import { type Host, mustRun } from '../../host.ts';

/** The programs. docker-cli is a package of its own in later releases; tini is the init of `init: true`. */
const programs = ['docker.io', 'containerd', 'runc', 'iptables', 'tini', 'docker-cli'];

export interface PackagePlan {
  /** of docker.io, e.g. 20.10.24+dfsg1-1+deb12u1 */
  readonly version: string;
  readonly packages: readonly string[];
}

const english = { env: { LC_ALL: 'C' } } as const;

/** What to download. Fetches the package lists once when there are none; needs apt. */
export async function planPackages(host: Host, refresh: () => Promise<void>): Promise<PackagePlan> {
  let known = await candidates(host);
  if (!known.has('docker.io')) {
    await refresh();
    known = await candidates(host);
  }
  const version = known.get('docker.io');
  if (!version) {
    throw new LabError({
      code: 'ENGINE_MISSING',
      message: 'no Docker engine answers, and the package docker.io is not in the lists of apt',
      hint: 'install Docker (https://docs.docker.com/engine/install/), or add your distribution’s main package source and run: apt-get update',
    });
  }
  const withIp = (await host.run('ip', ['-V'])).exitCode === 0 ? [] : ['iproute2'];
  // docker-cli does not exist where docker.io holds the client.
  const wanted = [...programs.filter((name) => known.has(name)), ...withIp];
  const depends = await mustRun(
    host,
    'apt-cache',
    [
      'depends',
      '--recurse',
      '--no-recommends',
      '--no-suggests',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
      ...wanted,
    ],
    { code: 'ENGINE_MISSING', message: 'apt cannot tell what Docker depends on', hint: 'run: apt-get update' },
    english,
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own notation
  const format = '${db:Status-Abbrev} ${Package}\n';
  const installed = await host.run('dpkg-query', ['-W', '-f', format], english);
  const present = new Set(installed.stdout.split('\n').flatMap((line) => /^.i\S*\s+(\S+)/.exec(line)?.[1] ?? []));
  return { version, packages: [...wanted, ...missingLibraries(depends, wanted, present)] };
}

/** The version that apt would install of each program that it knows. */
async function candidates(host: Host): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await host.run('apt-cache', ['policy', ...programs], english);
  const found = stdout.matchAll(/^(\S+):\n(?: {2}.*\n)*? {2}Candidate: (\S+)$/gm);
  return new Map([...found].flatMap(([, name = '', version = '']) => (version === '(none)' ? [] : [[name, version]])));
}

/**
 * Libraries that the wanted packages need, directly or through each other, and that are not installed: a closure over
 * packages called lib*, in the output of `apt-cache depends --recurse`. Perl modules are not libraries of programs.
 */
export function missingLibraries(
  depends: string,
  wanted: readonly string[],
  present: ReadonlySet<string>,
): readonly string[] {
  const graph = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of depends.split('\n')) {
    const dependency = /^\s+\|?(?:Pre)?Depends: (\S+)/.exec(line)?.[1];
    if (dependency) current.push(dependency);
    else if (/^\S/.test(line)) {
      current = [];
      graph.set(line.trim(), current);
    }
  }
  const needed = new Set<string>();
  const queue = [...wanted];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const dependency of graph.get(name) ?? []) {
      const library = /^lib(?!c6$)[a-z0-9.+-]+$/.test(dependency) && !/-perl$|^libperl/.test(dependency);
      if (!library || present.has(dependency) || needed.has(dependency)) continue;
      needed.add(dependency);
      queue.push(dependency);
    }
  }
  return [...needed].sort();
}
