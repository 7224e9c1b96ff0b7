// What lab:up and lab:status show, at the widths that terminals have.
import { describe, expect, it } from 'vitest';
import { renderUp } from '../../src/lab/render.ts';
import type { ServiceStatus } from '../../src/lab/status.ts';
import type { Up } from '../../src/lab/up.ts';

const rows: readonly ServiceStatus[] = [
  { service: 'kafka-1', state: 'ready', detail: 'Up 5 seconds (healthy)', url: '127.0.0.1:9092', image: 'built' },
  { service: 'worker-1', state: 'ready', detail: 'Up 4 seconds (healthy)', url: undefined, image: 'built' },
  { service: 'k6', state: 'on demand', detail: 'started by lab:run', url: undefined, image: 'built' },
  {
    service: 'prometheus',
    state: 'not ready',
    detail: 'scrape targets not up yet: kafka-exporter:9308 (connection refused)',
    url: 'http://127.0.0.1:9090',
    image: 'pulled',
  },
  { service: 'grafana', state: 'missing', detail: 'no registry answers', url: undefined, image: '-' },
];

const up = {
  lab: {
    addresses: { bootstrap: '127.0.0.1:9092', baseUrl: 'http://gateway:8000' },
    project: {
      missing: [{ service: 'grafana', image: { name: 'grafana', source: 'missing', why: 'no registry answers' } }],
    },
  },
  warnings: [{ code: 'KAFKA_PARTITIONS_KEPT', message: 'topic orders has 12 partitions', hint: 'make it anew' }],
  seconds: { engine: 1.24, images: 0.06, total: 9.87, ready: { 'kafka-1': 4.2, 'worker-1': 7.1 } },
} as unknown as Up;

describe('the end of lab:up', () => {
  it.each([80, 120])('at %i columns', async (columns) => {
    const text = renderUp(up, rows, columns);
    const table = text.split('\n').filter((line) => /^[│┌├└]/.test(line));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(columns);
    await expect(text).toMatchFileSnapshot(`golden/up-${columns}.txt`);
  });
});
