import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageBuild } from '../../src/images/descriptor.ts';
import { buildKey, nameOf } from '../../src/images/hash.ts';
import { planImages } from '../../src/images/plan.ts';
import { buildOf, built } from './descriptors.ts';

let project: string;
const build = buildOf('app', { include: ['src'] });

beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), 'hash-'));
  await write('images/app/Dockerfile', 'FROM scratch');
  await write('images/app/start.sh', 'exec true');
  await write('src/main.ts', 'run()');
});
afterEach(() => rm(project, { recursive: true }));

async function write(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(project, file)), { recursive: true });
  await writeFile(path.join(project, file), content);
}

const key = (recipe: ImageBuild = build, base?: string, architecture = 'amd64', folder = project): Promise<string> =>
  buildKey({ project: folder, architecture }, recipe, base);

describe('the key of a build', () => {
  it('is 12 hex digits, the same in another checkout', async () => {
    const copy = `${project}-copy`;
    await cp(project, copy, { recursive: true });
    try {
      expect(await key()).toMatch(/^[0-9a-f]{12}$/);
      expect(await key(build, undefined, 'amd64', copy)).toBe(await key());
    } finally {
      await rm(copy, { recursive: true });
    }
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the Dockerfile', () => write('images/app/Dockerfile', 'FROM debian')],
    ['a file that is executable now', () => chmod(path.join(project, 'images/app/start.sh'), 0o755)],
    ['a new file', () => write('images/app/lib/more.sh', '')],
    ['an included file', () => write('src/main.ts', 'stop()')],
  ])('changes with %s', async (_what, change) => {
    const before = await key();
    await change();
    expect(await key()).not.toBe(before);
  });

  it.each([
    'images/app/image.ts',
    'images/app/main_test.go',
    'images/app/testdata/x.txt',
    'src/node_modules/a/index.js',
    'src/main.test.ts',
  ])('does not change with %s, which no image gets', async (file) => {
    const before = await key();
    await write(file, 'new');
    expect(await key()).toBe(before);
  });

  it('changes with recipe, base and platform', async () => {
    const artifacts: ImageBuild['artifacts'] = [{ kind: 'deb', packages: ['a'], into: 'a' }];
    const keys = await Promise.all([
      key(),
      key({ ...build, artifacts }),
      key({ ...build, args: { A: '1' } }),
      key({ ...build, version: '2' }),
      key(build, 'debian:slim'),
      key(build, undefined, 'arm64'),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('changes with the lock file of its Node packages', async () => {
    await write('web/package-lock.json', '{}');
    const recipe = buildOf('app', { artifacts: [{ kind: 'npm', folder: 'web', into: 'web' }] });
    const before = await key(recipe);
    await write('web/package-lock.json', '{"a":1}');
    expect(await key(recipe)).not.toBe(before);
  });
});

describe('the name of an image', () => {
  const context = (): { project: string; architecture: string } => ({ project, architecture: 'amd64' });
  const config = { source: 'auto', overrides: {} } as const;
  beforeEach(async () => {
    await write('images/built/Dockerfile', 'FROM x');
    await write('images/base/Dockerfile', 'FROM y');
  });

  it('depends on what its base is: pulled, built, or missing', async () => {
    const onPulled = await nameOf(
      planImages([built], config, () => true),
      'built',
      context(),
    );
    const onBuilt = await nameOf(
      planImages([built], config, () => false),
      'built',
      context(),
    );
    expect(onPulled?.reference).toMatch(/^kafka-load-lab\/built:1-[0-9a-f]{12}$/);
    expect(onBuilt?.reference).toMatch(/^kafka-load-lab\/built:1-[0-9a-f]{12}$/);
    expect(onBuilt?.reference).not.toBe(onPulled?.reference);
    const onMissing = new Map(planImages([built], config, () => false));
    onMissing.set('base', { name: 'base', action: 'missing', why: 'test' });
    expect(await nameOf(onMissing, 'built', context())).toBeUndefined();
  });

  it('changes when a file of its base changes', async () => {
    const plan = planImages([built], config, () => false);
    const before = await nameOf(plan, 'built', context());
    await write('images/base/Dockerfile', 'FROM z');
    expect(await nameOf(plan, 'built', context())).not.toEqual(before);
  });
});
