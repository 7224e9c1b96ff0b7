// A user's own script, unchanged, in every way that it can end; and another k6 than the lab's.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { k6UpstreamImage } from '../../images/k6-upstream/image.ts';
import { defaultConfig } from '../../src/config/schema.ts';
import { ensureCompose, withCompose } from '../../src/engine/compose.ts';
import { startEngine } from '../../src/engine/ensure.ts';
import { goToolchain } from '../../src/engine/go.ts';
import { realHost } from '../../src/host.ts';
import { resolveImages } from '../../src/images/resolve.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';
import { verifySnapshot } from '../../src/snapshot/reader.ts';
import { type Done, said, verb } from '../driver.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'own-script-'));

async function script(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

/** A request a second for a while, with what a user's script may have of its own. */
const own = `
import http from 'k6/http';
import { check } from 'k6';
import { Trend, Rate } from 'k6/metrics';
const size = new Trend('body_bytes');
const good = new Rate('good_bodies');
export const options = {
  scenarios: { steady: { executor: 'constant-arrival-rate', rate: 20, duration: '5s', preAllocatedVUs: 5 } },
  tags: { team: 'shop', 'odd,tag': 'a|b:c' },
  thresholds: { http_req_failed: ['rate<0.01'], 'http_req_duration{name:list}': ['p(95)<5000'] },
};
export default function () {
  const response = http.get(__ENV.BASE_URL + '/products', { tags: { name: 'list' } });
  size.add(response.body.length);
  good.add(response.status === 200);
  check(response, { 'status: is 200, really': (r) => r.status === 200 });
}
export function handleSummary(data) {
  return { stdout: 'my own summary: ' + data.metrics.http_reqs.values.count + ' requests\\n', 'mine.json': JSON.stringify(data.metrics.http_reqs) };
}
`;

function snapshotFolder(done: Done): string {
  return path.join(projectRoot, /^snapshot (\S+)/m.exec(done.stdout)?.[1] ?? 'none');
}

describe.sequential("a user's own script", () => {
  beforeAll(async () => {
    const up = await verb('up');
    expect(up.exitCode, said(up)).toBe(0);
  });
  afterAll(() => verb('down'));

  it('keeps its options, tags, thresholds and handleSummary, and its sums close', async () => {
    const run = await verb('run', [await script('own.js', own), '--label', 'own']);
    expect(run.exitCode, said(run)).toBe(0);
    expect(run.stdout).toMatch(/my own summary: 10[01] requests/);
    expect(run.stdout).toMatch(/all \d+ sums close/);
    const { manifest } = await verifySnapshot(snapshotFolder(run));
    const ledger = await readFile(path.join(snapshotFolder(run), 'ledger.json'), 'utf8');
    expect(ledger).toContain('"team":"shop"');
    expect(ledger).toContain('a|b:c');
    expect(manifest.label).toBe('own');
  });

  it.each([
    ['thresholds.js', own.replace("['rate<0.01']", "['rate>0.5']"), 10, 'have been crossed'],
    [
      'abort.js',
      own
        .replace('size.add', 'import_abort(); size.add')
        .replace(
          'import { check }',
          "import exec from 'k6/execution';\nconst import_abort = () => exec.test.abort('enough of it');\nimport { check }",
        ),
      12,
      'enough of it',
    ],
    ['throws.js', `${own}\nexport function setup() { throw new Error('no stock today'); }`, 11, 'no stock today'],
    ['syntax.js', 'export default function () { let a = ; }', 11, 'syntax.js'],
    [
      'tags.js',
      own
        .replace("{ tags: { name: 'list' } }", "{ tags: { name: 'list ' + __ITER + ' ' + Math.random() } }")
        .replace('rate: 20', 'rate: 200')
        .replace("duration: '5s'", "duration: '30s'")
        .replace('preAllocatedVUs: 5', 'preAllocatedVUs: 50'),
      11,
      'the tag "name" has',
    ],
  ])('%s ends as it should', async (name, text, exitCode, words) => {
    const run = await verb('run', [await script(name, text), '--set', 'k6.maxSeries=300']);
    expect(run.exitCode, said(run)).toBe(exitCode);
    expect(run.stdout + run.stderr).toContain(words);
  });

  it('that is not there is refused, with the scenarios there are', async () => {
    const run = await verb('run', ['smoek']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('smoke');
  });

  it('runs on another k6, without the ledger, and says what was lost', async () => {
    const host = realHost();
    const deps = { host, paths: labPaths(projectRoot, process.env), signal: new AbortController().signal };
    const engine = withCompose(await startEngine(deps), await ensureCompose(deps));
    const { images } = await resolveImages(
      { ...deps, engine, now: Date.now, goToolchain: () => goToolchain(deps) },
      [k6UpstreamImage],
      defaultConfig.images,
    );
    const set = `k6.image=${images[0]?.reference}`;
    const run = await verb('run', [await script('foreign.js', own), '--label', 'foreign', '--set', set]);
    expect([0, 6], said(run)).toContain(run.exitCode);
    expect(run.stdout).toContain('NO_LEDGER');
    const { manifest, reconciliation } = await verifySnapshot(snapshotFolder(run));
    expect(existsSync(path.join(snapshotFolder(run), 'ledger.json'))).toBe(false);
    expect(manifest.trust.map((mark) => mark.code)).toContain('NO_LEDGER');
    const requests = reconciliation?.rows.find((row) => /^requests/.test(row.what));
    expect(requests?.stages.map((stage) => stage.name)).toContain('k6 summary');
    // exit 6 exactly when something was lost on its way
    expect(run.exitCode === 0).toBe(reconciliation?.closes);
  });
});
