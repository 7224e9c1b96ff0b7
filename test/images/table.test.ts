import { expect, it } from 'vitest';
import type { MissingImage, ResolvedImage } from '../../src/images/descriptor.ts';
import { renderImages } from '../../src/images/table.ts';

const id = `sha256:${'4483b837b3c2'.padEnd(64, '0')}`;
const images: readonly ResolvedImage[] = [
  {
    name: 'statsd-exporter',
    source: 'built',
    reference: 'kafka-load-lab/statsd-exporter:0.31.0-5fbd8c3de1ae',
    id,
    sizeBytes: 14_757_164,
    why: "the engine's default registry does not answer",
  },
  {
    name: 'kafka',
    source: 'pulled',
    reference: `registry.example/apache/kafka:4.1.1@sha256:${'0'.repeat(64)}`,
    id,
    sizeBytes: 494_781_636,
    why: 'pulled before',
  },
];
const missing: readonly MissingImage[] = [
  { name: 'grafana', source: 'missing', why: 'registry other.example does not answer; no package registry has it' },
];

it.each([80, 120])('the table of images fits %i columns', async (columns) => {
  const table = renderImages(images, missing, columns);
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
  await expect(table).toMatchFileSnapshot(`golden/images-${columns}.txt`);
});
