import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import type { ImagesConfig } from '../../src/images/plan.ts';
import { type Resolution, type ResolveOptions, resolveImages } from '../../src/images/resolve.ts';
import type { ImageStep } from '../../src/images/steps.ts';
import { fails, fakeHost, prints } from '../engine/fake-host.ts';
import { base, both, buildOf, built, pulled } from './descriptors.ts';
import { type FakeImageEngine, type FakeImages, fakeImageEngine, keyless } from './fake-engine.ts';

let project: string;
let engine: FakeImageEngine;
const stop: { controller: AbortController } = { controller: new AbortController() };
const steps: ImageStep[] = [];

beforeEach(async () => {
  stop.controller = new AbortController();
  steps.length = 0;
  project = await mkdtemp(path.join(tmpdir(), 'resolve-'));
  for (const name of ['base', 'both', 'built', 'broken']) {
    await mkdir(path.join(project, 'images', name), { recursive: true });
    await writeFile(path.join(project, 'images', name, 'Dockerfile'), 'FROM scratch');
  }
});
afterEach(async () => {
  await engine?.close();
  await rm(project, { recursive: true });
});

const everything: FakeImages['pulls'] = {
  'apache/kafka:4.1.1': 'ok',
  'debian:slim': 'ok',
  'other.example/grafana:13': 'ok',
};
const host = fakeHost({ 'apt-get': fails('not now'), npm: prints('') });

async function resolve(
  descriptors: readonly ImageDescriptor[],
  setup: FakeImages = {},
  images: Partial<ImagesConfig> = {},
  options: ResolveOptions = {},
): Promise<Resolution> {
  await engine?.close();
  engine = await fakeImageEngine(setup);
  return resolveImages(
    {
      host: { ...host, env: { HOME: project } },
      paths: { project, lab: '', snapshots: '', cache: path.join(project, 'cache') },
      engine: {
        api: engine.api,
        facts: {
          socketPath: '/engine.sock',
          dataRoot: '/engine',
          cgroupVersion: '2',
          cpus: 2,
          memoryBytes: 1e9,
          kernel: '6',
          architecture: 'x86_64',
        },
      },
      signal: stop.controller.signal,
      now: Date.now,
      goToolchain: async () => ({ go: 'go', env: {} }),
      onStep: (step) => steps.push(step),
    },
    descriptors,
    { source: 'auto', overrides: {}, ...images },
    options,
  );
}

const summary = ({ images, missing }: Resolution): readonly string[] => [
  ...images.map((image) => `${image.name} ${image.source} ${keyless(image.reference)}: ${image.why}`),
  ...missing.map((image) => `${image.name} missing: ${image.why}`),
];

describe('resolving images', () => {
  it('pulls where registries answer, and builds on pulled bases', async () => {
    expect(summary(await resolve([both, built, pulled], { pulls: everything }))).toEqual([
      "both pulled apache/kafka:4.1.1: the engine's default registry answers",
      'built built kafka-load-lab/built:1: always built: no registry has it',
      'pulled pulled other.example/grafana:13: registry other.example answers',
    ]);
    expect(engine.asked.at(-1)).toBe('build kafka-load-lab/built:1 on debian:slim');
  });

  it('builds where no registry answers, bases first and once, and goes without the rest', async () => {
    expect(summary(await resolve([both, built, pulled]))).toEqual([
      "both built kafka-load-lab/both:1: the engine's default registry does not answer",
      'built built kafka-load-lab/built:1: always built: no registry has it',
      'pulled missing: registry other.example does not answer; no package registry has it',
    ]);
    const [first, ...others] = engine.asked.filter((request) => request.startsWith('build'));
    expect(first).toBe('build kafka-load-lab/base:1');
    expect(others.sort()).toEqual([
      'build kafka-load-lab/both:1 on kafka-load-lab/base:1',
      'build kafka-load-lab/built:1 on kafka-load-lab/base:1',
    ]);
  });

  it('tells each step, from its start to its end', async () => {
    await resolve([both], { pulls: everything });
    expect(steps.map(({ image, step, state }) => `${image} ${step} ${state}`)).toEqual([
      'both pull started',
      'both pull progress',
      'both pull progress',
      'both pull progress',
      'both pull done',
    ]);
  });

  it('returns an image that several services share once', async () => {
    expect((await resolve([both, both])).images).toHaveLength(1);
  });

  it.each([
    ['pulled', everything],
    ['built', {}],
  ])('asks the engine one question when everything was %s before', async (source, pulls) => {
    const { images } = await resolve([both, built], { pulls });
    const again = await resolve([both, built], { held: images.map((image) => image.reference) });
    expect(engine.asked).toEqual(['list']);
    expect(again.images.map(({ reference }) => reference)).toEqual(images.map(({ reference }) => reference));
    expect(again.images[0]?.why).toBe(`${source} before`);
  });

  it('asks each registry once', async () => {
    await resolve([both, built, pulled, { ...pulled, name: 'second' }]);
    expect(engine.asked.filter((request) => request.startsWith('probe'))).toEqual([
      'probe apache/kafka:4.1.1',
      'probe other.example/grafana:13',
    ]);
  });

  it('asks no registry when images are to be built', async () => {
    await resolve([both, pulled], { pulls: everything }, { source: 'build' });
    expect(engine.asked.filter((request) => /probe|pull/.test(request))).toEqual([]);
  });

  it('uses an override as it is, and pulls it when it is not there', async () => {
    const overrides = { both: 'mine/kafka:7' };
    expect(summary(await resolve([both], { pulls: { 'mine/kafka:7': 'ok' } }, { overrides }))).toEqual([
      'both override mine/kafka:7: set in lab.yaml',
    ]);
    await resolve([both], { held: ['mine/kafka:7'] }, { overrides });
    expect(engine.asked).toEqual(['list']);
  });
});

describe('a failed pull', () => {
  const notFound = { status: 404, message: 'manifest unknown' };

  it('is made up for by a build, and the reason kept, when images come from anywhere', async () => {
    const pulls = { ...everything, 'apache/kafka:4.1.1': notFound };
    const result = await resolve([both], { pulls });
    expect(result.images).toMatchObject([
      { source: 'built', why: "IMAGE_NOT_FOUND: the engine's default registry has no apache/kafka:4.1.1" },
    ]);
    expect(engine.asked.at(-1)).toBe('build kafka-load-lab/both:1 on debian:slim');
  });

  it('of a base changes what is built on it', async () => {
    const onPulled = await resolve([built], { pulls: everything });
    const onBuilt = await resolve([built], { pulls: { 'debian:slim': notFound } });
    expect(engine.asked.slice(-2)).toEqual([
      'build kafka-load-lab/base:1',
      'build kafka-load-lab/built:1 on kafka-load-lab/base:1',
    ]);
    expect(onBuilt.images[0]?.reference).not.toBe(onPulled.images[0]?.reference);
  });

  it('of what cannot be built makes it a missing image', async () => {
    const result = await resolve([pulled], { pulls: { 'other.example/grafana:13': notFound } });
    expect(result.missing).toMatchObject([{ name: 'pulled', why: expect.stringContaining('IMAGE_NOT_FOUND') }]);
  });

  it('is an error when images are to be pulled, or were named by the user', async () => {
    await expect(
      resolve([both], { pulls: { 'apache/kafka:4.1.1': notFound } }, { source: 'pull' }),
    ).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
    await expect(resolve([both], {}, { overrides: { both: 'mine/x:1' } })).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
  });

  it('for a full disk is an error, as a build would need space too', async () => {
    const pulls = { ...everything, 'apache/kafka:4.1.1': { after: 'write x: no space left on device' } };
    await expect(resolve([both], { pulls })).rejects.toMatchObject({ code: 'NO_DISK_SPACE' });
  });
});

describe('what cannot be had', () => {
  it('is an error when everything is required', async () => {
    await expect(resolve([pulled, built], {}, {}, { requireAll: true })).rejects.toMatchObject({
      code: 'IMAGE_UNAVAILABLE',
      detail: 'pulled: registry other.example does not answer; no package registry has it',
    });
  });

  it('takes along what is built on it', async () => {
    const pulledBase: ImageDescriptor = { ...pulled, name: 'base' };
    const onIt: ImageDescriptor = { name: 'built', build: buildOf('built', { base: pulledBase }) };
    expect(summary(await resolve([onIt]))).toEqual([
      'built missing: its base base: registry other.example does not answer; no package registry has it',
    ]);
  });
});

describe('a failed build', () => {
  it("shows the build's last lines", async () => {
    const error = "The command '/bin/sh -c false' returned a non-zero code: 1";
    await expect(resolve([both], { buildErrors: { both: error } })).rejects.toMatchObject({
      code: 'IMAGE_BUILD_FAILED',
      detail: `Step 1/1 : RUN false\n${error}`,
    });
  });

  it('for a full disk says so', async () => {
    const buildErrors = { base: 'mkdir x: no space left on device' };
    await expect(resolve([both], { buildErrors })).rejects.toMatchObject({ code: 'NO_DISK_SPACE' });
  });

  it('of an artifact is told as what it is, and nothing is built on it', async () => {
    const broken: ImageDescriptor = {
      name: 'broken',
      build: buildOf('broken', { base, artifacts: [{ kind: 'deb', packages: ['a'], into: 'a' }] }),
    };
    await expect(resolve([broken])).rejects.toMatchObject({ code: 'APT_MISSING' });
    expect(engine.asked).not.toContain('build kafka-load-lab/broken:1 on kafka-load-lab/base:1');
  });
});

it('ends with Ctrl-C', async () => {
  stop.controller.abort();
  await expect(resolve([both])).rejects.toThrow(/abort/i);
});
