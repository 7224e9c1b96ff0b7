// The README's commands, run as they stand, and what they promise: the main path on the real lab, down to nothing left.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../src/engine/endpoint.ts';
import { findBareEngine } from '../../src/engine/find.ts';
import { realHost } from '../../src/host.ts';
import type { ServiceStatus } from '../../src/lab/status.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';
import { readSeries, verifySnapshot } from '../../src/snapshot/reader.ts';
import { type Done, npm, said, verb } from '../driver.ts';
import { hostState } from './host-state.ts';

const readme = await readFile(path.join(projectRoot, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  // whoever runs this test has run it
  .filter((command) => command !== 'npm ci');

const deps = { host: realHost(), paths: labPaths(projectRoot, process.env) };
// from a machine on which nothing of the lab runs
await verb('down', ['--engine']);
const before = await hostState();
const foreignEngine = (await findBareEngine(deps))?.own === false;
if (foreignEngine)
  console.log(`an engine answers (${JSON.stringify(await endpoints(deps))}): the lab uses it and leaves it running`);

function snapshotFolder(done: Done): string {
  const folder = /^snapshot (\S+)/m.exec(done.stdout)?.[1] ?? 'no snapshot printed';
  expect(existsSync(path.join(projectRoot, folder)), said(done)).toBe(true);
  return path.join(projectRoot, folder);
}

/** Further promises of a command, beside its exit code 0. */
const promises: readonly { readonly of: RegExp; readonly check: (done: Done) => Promise<void> }[] = [
  {
    of: /^npm run lab:run -- smoke/,
    check: async (done) => {
      expect(done.stdout, said(done)).toMatch(/all \d+ sums close/);
      const folder = snapshotFolder(done);
      const { manifest, reconciliation } = await verifySnapshot(folder);
      expect(reconciliation?.rows.length).toBeGreaterThan(10);
      expect(reconciliation?.rows.filter((row) => !row.closes)).toEqual([]);
      expect(manifest.trust.filter((mark) => mark.level === 'error')).toEqual([]);
      const series = await readSeries(folder, manifest, 'http_request_rate');
      const perApi = series?.series.map(({ labels }) => labels.name);
      expect(new Set(perApi)).toEqual(new Set(['GET /orders/{id}', 'GET /products', 'POST /orders', 'POST /payments']));
    },
  },
  {
    of: /^npm run lab:status/,
    check: async () => {
      const rows = JSON.parse((await verb('status', ['--json'])).stdout) as ServiceStatus[];
      expect(rows.filter((row) => row.state === 'down' || row.state === 'not ready')).toEqual([]);
      expect(rows.map((row) => row.service)).toEqual(
        expect.arrayContaining(['kafka-1', 'kafka-exporter', 'jmx-exporter-1', 'cadvisor', 'node-exporter', 'grafana']),
      );
      // a service may be missing where its image cannot be had, and then says why
      for (const row of rows.filter((r) => r.state === 'missing')) expect(row.detail.length).toBeGreaterThan(20);
    },
  },
  {
    of: /^npm run lab:compare/,
    check: async (done) => {
      expect(done.stdout).toContain('POST /orders');
    },
  },
  {
    of: /^npm run lab:snapshot -- list/,
    check: async (done) => {
      expect(done.stdout).toMatch(/-smoke-candidate/);
    },
  },
  {
    of: /^npm run lab:down/,
    check: async () => {
      const after = await hostState();
      if (!foreignEngine) expect(after).toEqual(before);
      expect((await verb('status')).exitCode).toBe(3);
    },
  },
];

describe.sequential('the README', () => {
  afterAll(() => verb('down', ['--engine']));

  it('has the commands of the main path', () => {
    expect(commands.map((command) => command.split(' ')[2])).toEqual([
      'lab:run',
      'lab:status',
      'lab:run',
      'lab:compare',
      'lab:snapshot',
      'lab:down',
    ]);
  });

  it.each(commands)('%s', { timeout: 1_500_000 }, async (command) => {
    const done = await npm(command);
    expect(done.exitCode, said(done)).toBe(0);
    for (const { of, check } of promises) if (of.test(command)) await check(done);
  });
});
