import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineDeps } from '../../../src/engine/deps.ts';
import { engineLayout } from '../../../src/engine/own/layout.ts';
import { missingLibraries } from '../../../src/engine/own/packages.ts';
import { ensureUnpacked } from '../../../src/engine/own/unpack.ts';
import type { Host } from '../../../src/host.ts';
import { type FakeHost, type FakeProgram, fails, fakeHost, prints } from '../fake-host.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'unpack-'));
});
afterEach(() => rm(cache, { recursive: true }));

const depends = `docker.io
  Depends: libc6
  Depends: libdevmapper1.02.1
 |Depends: default-logind
  Depends: adduser
  Depends: containerd
iptables
  PreDepends: libip6tc2
  Depends: libnftnl11
libnftnl11
  Depends: libmnl0
adduser
  Depends: perl
perl
  Depends: libperl5.36
libmnl0
libip6tc2
`;

const works = { dockerd: prints(''), runc: prints(''), iptables: prints(''), ip: prints('') };

/** An apt that knows docker.io (after `update` only, if so asked), and downloads one package. */
function aptHost(options: { readonly lists?: boolean; readonly download?: FakeProgram } = {}, more = {}): FakeHost {
  let lists = options.lists ?? true;
  return fakeHost({
    ...works,
    'apt-cache': (args) => {
      if (args[0] === 'depends') return { stdout: depends };
      const policy = (name: string): string => {
        const known = lists && name !== 'docker-cli';
        return `${name}:\n  Installed: (none)\n  Candidate: ${known ? '20.10.24+dfsg1' : '(none)'}\n  Version table:\n`;
      };
      return { stdout: args.slice(1).map(policy).join('') };
    },
    'apt-get': (args, call) => {
      if (args[0] === 'update') {
        lists = true;
        return {};
      }
      if (options.download) return options.download(args, call);
      writeFileSync(path.join(call.cwd ?? '', 'docker.deb'), '');
      return {};
    },
    'dpkg-query': prints('ii  libdevmapper1.02.1\nrc  libnftnl11\nii  libmnl0\n'),
    dpkg: ([, , root = '']) => {
      mkdirSync(path.join(root, 'usr/sbin'), { recursive: true });
      return {};
    },
    ...more,
  });
}

const ensure = (host: Host, signal?: AbortSignal): ReturnType<typeof ensureUnpacked> => {
  const deps: EngineDeps = {
    host,
    paths: { project: '/p', lab: '/l', snapshots: '/s', cache },
    ...(signal ? { signal } : {}),
  };
  return ensureUnpacked(deps, engineLayout(deps));
};

describe('the packages', () => {
  it('are Docker’s own, and the libraries that are not installed', async () => {
    const host = aptHost();
    const { version, root } = await ensure(host);
    expect({ version, complete: existsSync(path.join(root, 'complete.json')) }).toEqual({
      version: '20.10.24+dfsg1',
      complete: true,
    });
    expect(host.calls.filter((call) => call.startsWith('apt-get'))).toEqual([
      'apt-get -o APT::Sandbox::User=root download docker.io containerd runc iptables tini libip6tc2 libnftnl11',
    ]);
  });

  it('are a closure over libraries: neither libc, nor what programs depend on otherwise', () => {
    expect(missingLibraries(depends, ['docker.io', 'iptables'], new Set())).toEqual([
      'libdevmapper1.02.1',
      'libip6tc2',
      'libmnl0',
      'libnftnl11',
    ]);
  });

  it('bring `ip` where the machine has none', async () => {
    let first = true;
    const ip: FakeProgram = () => {
      const missing = first;
      first = false;
      return missing ? { exitCode: 127 } : {};
    };
    const host = aptHost({}, { ip });
    await ensure(host);
    expect(host.calls).toContainEqual(expect.stringMatching(/download .* iproute2/));
  });

  it('are not fetched a second time', async () => {
    const { root } = await ensure(aptHost());
    const again = aptHost();
    expect((await ensure(again)).root).toBe(root);
    expect(again.calls.filter((call) => call.startsWith('apt'))).toEqual([]);
  });

  it('are found after one update where there were no package lists', async () => {
    const host = aptHost({ lists: false });
    await ensure(host);
    expect(host.calls.filter((call) => call === 'apt-get update')).toHaveLength(1);
  });
});

describe('a failure', () => {
  it('of a download is tried once more with fresh lists, then told with apt’s own words', async () => {
    const host = aptHost({ download: fails('E: Failed to fetch docker.deb  404  Not Found', 100) });
    await expect(ensure(host)).rejects.toMatchObject({
      code: 'ENGINE_DOWNLOAD',
      detail: 'E: Failed to fetch docker.deb  404  Not Found',
    });
    expect(host.calls.filter((call) => call.includes('download'))).toHaveLength(2);
  });

  it('for lack of disk space says so', async () => {
    const download = fails("E: You don't have enough free space in /var/cache/apt/archives/.", 100);
    await expect(ensure(aptHost({ download }))).rejects.toMatchObject({ code: 'NO_DISK_SPACE' });
    const dpkg = fails('dpkg-deb: error: cannot write: No space left on device', 2);
    await expect(ensure(aptHost({}, { dpkg }))).rejects.toMatchObject({ code: 'NO_DISK_SPACE' });
  });

  it('because the packages know no Docker is an error that says what to install', async () => {
    const host = aptHost({}, { 'apt-cache': prints('') });
    await expect(ensure(host)).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
  });

  it('of the unpacked programs to run is told with what they say, and nothing half made stays', async () => {
    const dockerd = fails('error while loading shared libraries: libdevmapper.so.1.02.1', 127);
    await expect(ensure(aptHost({}, { dockerd }))).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      detail: expect.stringContaining('libdevmapper.so'),
    });
    const good = aptHost();
    await ensure(good);
    expect(good.calls).toContainEqual(expect.stringContaining('download'));
  });
});
