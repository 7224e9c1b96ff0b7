// Every image is described completely, and its Dockerfile declares what upstream's image has.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { grafanaImage } from '../../images/grafana/image.ts';
import { kafkaImage } from '../../images/kafka/image.ts';
import type { ImageDescriptor } from '../../src/images/descriptor.ts';
import { projectRoot } from '../../src/paths.ts';
import { contracts, ownImages, slowPrometheus } from './contract.ts';
import { declaredConfig, instructions } from './dockerfile.ts';

const built = [...contracts, slowPrometheus];
const all: readonly ImageDescriptor[] = [...contracts.map(({ image }) => image), ...ownImages, grafanaImage];
const buildable = all.flatMap(({ name, build }) => (build ? [{ name, build }] : []));

describe('descriptors', () => {
  it.each(all)('$name lies in the folder of its name', ({ name, build }) => {
    expect(existsSync(path.join(projectRoot, 'images', name, 'image.ts'))).toBe(true);
    if (build) expect(build.folder).toBe(`images/${name}`);
  });

  it.each(all)('$name can be pulled or built, and says why when it cannot be built', ({ pull, build, onlyPulled }) => {
    expect(pull ?? build).toBeDefined();
    if (build === undefined) expect(onlyPulled).toMatch(/\w/);
  });

  it.each(all.flatMap(({ name, pull }) => (pull ? [{ name, tag: pull.tag }] : [])))(
    '$name is pulled at an exact version, $tag',
    ({ tag }) => {
      expect(tag).toMatch(/\d+\.\d+|-\d{8}-/);
      expect(tag).not.toContain('latest');
    },
  );

  it('take the version of Kafka from the configuration, in both ways', () => {
    const { pull, build } = kafkaImage('4.3.1');
    expect(pull).toMatchObject({ repository: 'apache/kafka', tag: '4.3.1' });
    expect(build?.artifacts).toMatchObject([
      {
        coordinates: expect.arrayContaining([
          'org.apache.kafka:kafka_2.13:4.3.1',
          'org.apache.kafka:kafka-tools:4.3.1',
        ]),
      },
    ]);
  });

  it.each(['k6', 'jmx-exporter', 'target'])('%s has no upstream image: it is built in both modes', (name) => {
    const image = all.find((candidate) => candidate.name === name);
    expect(image?.pull).toBeUndefined();
    expect(image?.build?.base?.pull).toBeDefined();
  });
});

describe('recipes', () => {
  it.each(buildable)('$name: the Dockerfile is there and starts from the described base', ({ build }) => {
    const text = readFileSync(path.join(projectRoot, build.folder, build.dockerfile), 'utf8');
    const [last] = instructions(text)
      .filter(({ name }) => name === 'FROM')
      .slice(-1);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's syntax, not JavaScript's
    expect(last?.value).toBe(build.base ? '${BASE}' : 'scratch');
  });

  it.each(buildable)('$name: what it copies from artifacts/ is made by an artifact', ({ build }) => {
    const text = readFileSync(path.join(projectRoot, build.folder, build.dockerfile), 'utf8');
    const copied = [...text.matchAll(/artifacts\/([\w.-]+)/g)].map(([, folder]) => folder);
    const made = build.artifacts.map((artifact) => {
      if (artifact.kind === 'go-project' || artifact.kind === 'go-module') return 'bin';
      return artifact.kind === 'debootstrap' ? 'rootfs.tar' : artifact.into;
    });
    expect([...new Set(copied)].sort()).toEqual([...new Set(made)].sort());
  });

  it.each(buildable)('$name: Go programs are in the project, with their modules locked', ({ build }) => {
    for (const artifact of build.artifacts) {
      if (artifact.kind !== 'go-project') continue;
      for (const file of ['main.go', 'go.mod', 'go.sum'])
        expect(existsSync(path.join(projectRoot, build.folder, artifact.package, file)), file).toBe(true);
    }
  });

  it.each(buildable)('$name: nothing that needs BuildKit', ({ build }) => {
    const text = readFileSync(path.join(projectRoot, build.folder, build.dockerfile), 'utf8');
    expect(text).not.toMatch(/RUN --mount|<<-?\s*\w|COPY --(chmod|link|parents)/);
  });
});

describe("stand-ins' configuration", () => {
  it.each(built)('$image.name ($image.build.version) is upstream’s', ({ image, config }) => {
    expect(declaredConfig(image)).toEqual(config);
  });

  it.each(ownImages)('$name does not run as root', (image) => {
    expect(declaredConfig(image).user).not.toMatch(/^(|root|0)(:|$)/);
  });
});
