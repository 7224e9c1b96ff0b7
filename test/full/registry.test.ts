// Pull mode on a real engine and a real registry: progress, what registries refuse, and what is built instead.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { busyboxImage } from '../../images/busybox/image.ts';
import { statsdExporterImage } from '../../images/statsd-exporter/image.ts';
import type { BareEngine } from '../../src/engine/engine.ts';
import { ownEngineObstacle, startEngine, stopEngine } from '../../src/engine/ensure.ts';
import { findBareEngine } from '../../src/engine/find.ts';
import { goToolchain } from '../../src/engine/go.ts';
import { realHost } from '../../src/host.ts';
import { unpackDebs } from '../../src/images/artifacts/apt.ts';
import type { ImageDescriptor, ResolvedImage } from '../../src/images/descriptor.ts';
import type { ImagesConfig } from '../../src/images/plan.ts';
import { pullReference } from '../../src/images/reference.ts';
import { type Resolution, resolveImages } from '../../src/images/resolve.ts';
import type { ImageStep } from '../../src/images/steps.ts';
import { readEvents } from '../../src/images/stream.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';
import { type LocalRegistry, type MoodyProxy, startProxy, startRegistry } from './local-registry.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'lab-registry-'));
const env = { ...process.env, DOCKER_CONFIG: path.join(folder, 'docker') };
const host = realHost(env);
const { signal } = new AbortController();
const paths = labPaths(projectRoot, env);
const deps = { host, paths, signal };
const before = await findBareEngine(deps);
const obstacle = before ? undefined : (await ownEngineObstacle(deps))?.message;
const aptMissing = (await host.run('apt-get', ['--version'])).exitCode === 0 ? undefined : 'no apt for docker-registry';
const skipped = obstacle ?? aptMissing;
if (skipped) console.log(`skipped: ${skipped}`);

let engine: BareEngine;
let registry: LocalRegistry;
let guarded: LocalRegistry;
let proxy: MoodyProxy;
let program: string;
const steps: ImageStep[] = [];

/** A made-up project with one image that can be had in both ways; its layer is big enough to break off half way. */
const both: ImageDescriptor = {
  name: 'registry-test',
  pull: { repository: 'apache/kafka', tag: '4.1.1' },
  build: { folder: 'images/app', dockerfile: 'Dockerfile', version: '1', artifacts: [] },
};
const absent: ImageDescriptor = { ...both, pull: { repository: 'apache/kafka', tag: '0.0.1' } };

async function resolve(
  descriptors: readonly ImageDescriptor[],
  images: Partial<ImagesConfig>,
  project = folder,
): Promise<Resolution> {
  steps.length = 0;
  return resolveImages(
    {
      host,
      paths: { ...paths, project },
      engine,
      signal,
      now: Date.now,
      goToolchain: () => goToolchain(deps),
      onStep: (step) => steps.push(step),
    },
    descriptors,
    { source: 'auto', overrides: {}, mirror: proxy.address, ...images },
  );
}

/** Puts an image into the registry under the name that `descriptor` is pulled by, and forgets that name. */
async function publish(reference: string, descriptor: ImageDescriptor): Promise<void> {
  if (descriptor.pull === undefined) throw new Error(`${descriptor.name} is never pulled`);
  const target = pullReference(descriptor.pull, registry.address);
  const colon = target.lastIndexOf(':');
  await engine.api.getImage(reference).tag({ repo: target.slice(0, colon), tag: target.slice(colon + 1) });
  const pushed = await engine.api
    .getImage(target)
    .push({ authconfig: { username: '', password: '', serveraddress: '' } });
  await readEvents(pushed, () => undefined);
  await forget(target);
}

async function forget(...references: readonly string[]): Promise<void> {
  for (const reference of references) await engine.api.getImage(reference).remove({ force: true });
}

const pulledName = (address: string): string => `${address}/apache/kafka:4.1.1`;

beforeAll(async () => {
  if (skipped) return;
  engine = await startEngine(deps);
  await mkdir(path.join(folder, 'debs'));
  await unpackDebs(host, ['docker-registry'], path.join(folder, 'debs'), signal, () => undefined);
  program = path.join(folder, 'debs/usr/bin/docker-registry');
  const data = path.join(folder, 'data');
  registry = await startRegistry(program, folder, 'open', { data });
  guarded = await startRegistry(program, folder, 'guarded', { data, login: true });
  proxy = await startProxy(registry.address);
  await mkdir(path.join(folder, 'images/app'), { recursive: true });
  await writeFile(path.join(folder, 'images/app/Dockerfile'), 'FROM scratch\nCOPY content /\n');
  await writeFile(path.join(folder, 'images/app/content'), randomBytes(3_000_000));
  const built = (await resolve([both], { source: 'build' })).images;
  for (const { reference } of built) await publish(reference, both);
  await forget(...built.map(({ reference }) => reference));
});

afterAll(async () => {
  await proxy?.stop();
  await guarded?.stop();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
  if (!before && !skipped) await stopEngine(deps);
});

beforeEach(() => {
  if (skipped) return;
  proxy.mood = 'good';
  proxy.requests.length = 0;
});

describe.skipIf(skipped)('images from a registry', () => {
  it('are pulled with progress, from the mirror, once', async () => {
    const { images } = await resolve([both], { source: 'pull' });
    try {
      expect(images).toMatchObject([{ source: 'pulled', reference: pulledName(proxy.address) }]);
      const states = steps.map(({ state }) => state);
      expect([states.at(0), states.at(-1)]).toEqual(['started', 'done']);
      expect(steps.map(({ detail }) => detail)).toContain('1/1 layers, 3 MB of 3 MB');
      proxy.requests.length = 0;
      expect((await resolve([both], {})).images).toMatchObject([{ source: 'pulled', why: 'pulled before' }]);
      expect(proxy.requests).toEqual([]);
    } finally {
      await forget(pulledName(proxy.address));
    }
  });

  it('are pinned by digest where one is known', async () => {
    const manifest = await engine.api.getImage(pulledName(registry.address)).distribution();
    const pull = { repository: 'apache/kafka', tag: '4.1.1', digest: manifest.Descriptor.digest };
    const { images } = await resolve([{ ...both, pull }], { source: 'pull' });
    const [image] = images;
    expect(image?.reference).toBe(`${pulledName(proxy.address)}@${pull.digest}`);
    await forget(image?.id ?? '');
  });

  it('are the same for the lab when they are its own stand-ins under upstream names', async () => {
    const descriptors = [busyboxImage, statsdExporterImage];
    const builds = (await resolve(descriptors, { source: 'build' }, projectRoot)).images;
    const reference = (images: readonly ResolvedImage[], name: string): string =>
      images.find((image) => image.name === name)?.reference ?? '';
    for (const descriptor of descriptors) await publish(reference(builds, descriptor.name), descriptor);
    const { images } = await resolve(descriptors, { source: 'pull' }, projectRoot);
    try {
      expect(images.map(({ reference, id }) => `${reference} ${id}`)).toEqual([
        `${proxy.address}/library/busybox:1.37.0 ${builds[0]?.id}`,
        `${proxy.address}/prom/statsd-exporter:v0.31.0 ${builds[1]?.id}`,
      ]);
    } finally {
      await forget(...images.map((image) => image.reference));
    }
  });
});

describe.skipIf(skipped)('an image that the registry does not have', () => {
  it('is an error in pull mode', async () => {
    await expect(resolve([absent], { source: 'pull' })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining('apache/kafka:0.0.1'),
    });
  });

  it('is built otherwise', async () => {
    const { images } = await resolve([absent], {});
    expect(images).toMatchObject([{ source: 'built', why: expect.stringContaining('IMAGE_NOT_FOUND') }]);
    await forget(images[0]?.reference ?? '');
  });
});

describe.skipIf(skipped)('a registry that asks for a login', () => {
  const auth = (password: string): Promise<void> =>
    writeConfig({ auths: { [guarded.address]: { auth: Buffer.from(`lab:${password}`).toString('base64') } } });
  const writeConfig = async (config: unknown): Promise<void> => {
    await mkdir(env.DOCKER_CONFIG, { recursive: true });
    await writeFile(path.join(env.DOCKER_CONFIG, 'config.json'), JSON.stringify(config));
  };
  const pull = (): Promise<Resolution> => resolve([both], { source: 'pull', mirror: guarded.address });

  it.each([
    ['no', () => writeConfig({})],
    ['a wrong', () => auth('wrong')],
  ])('refuses %s password', async (_which, login) => {
    await login();
    await expect(pull()).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN_REFUSED',
      hint: expect.stringContaining(`docker login ${guarded.address}`),
    });
  });

  it("gives the image to the docker client's own credentials", async () => {
    await auth('secret');
    expect((await pull()).images).toMatchObject([{ source: 'pulled' }]);
    await forget(pulledName(guarded.address));
  });
});

describe.skipIf(skipped)('a registry that says "too many requests"', () => {
  it('is an error in pull mode', async () => {
    proxy.mood = 'rate-limit';
    await expect(resolve([both], { source: 'pull' })).rejects.toMatchObject({ code: 'REGISTRY_RATE_LIMIT' });
  });

  it('is done without otherwise', async () => {
    proxy.mood = 'rate-limit';
    const { images } = await resolve([both], {});
    expect(images).toMatchObject([{ source: 'built', why: expect.stringContaining('REGISTRY_RATE_LIMIT') }]);
    await forget(images[0]?.reference ?? '');
  });
});

describe.skipIf(skipped)('a registry that goes away half way', () => {
  it('is an error in pull mode, and its image is built otherwise', async () => {
    proxy.mood = 'cut';
    // at the same time, as the engine is patient: it tries a layer five times, with longer and longer pauses
    const [{ images }] = await Promise.all([
      resolve([both], {}),
      expect(resolve([both], { source: 'pull' })).rejects.toMatchObject({ code: 'REGISTRY_GONE' }),
    ]);
    expect(proxy.requests.filter((line) => line.includes('/blobs/')).length).toBeGreaterThan(1);
    expect(steps.map(({ detail }) => detail)).toContainEqual(expect.stringContaining('Retrying'));
    expect(images).toMatchObject([{ source: 'built', why: expect.stringContaining('REGISTRY_GONE') }]);
    await forget(images[0]?.reference ?? '');
  });

  it('and comes back is asked again', async () => {
    proxy.mood = 'cut-once';
    expect((await resolve([both], { source: 'pull' })).images).toMatchObject([{ source: 'pulled' }]);
    expect(proxy.mood).toBe('good');
    await forget(pulledName(proxy.address));
  });

  it('for good is not waited for', async () => {
    const gone = await startProxy(registry.address);
    await gone.stop();
    const { images } = await resolve([both], { mirror: gone.address });
    expect(images).toMatchObject([{ source: 'built', why: `registry ${gone.address} does not answer` }]);
    await forget(images[0]?.reference ?? '');
  });
});
