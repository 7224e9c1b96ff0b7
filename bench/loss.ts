// Samples lost between k6 and Prometheus: the lab's way, beside the documented UDP defaults on a k6 with StatsD of old.
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { k6UpstreamImage } from '../images/k6-upstream/image.ts';
import { goToolchain } from '../src/engine/go.ts';
import { realHost } from '../src/host.ts';
import { resolveImages } from '../src/images/resolve.ts';
import type { RunningLab } from '../src/lab/lab.ts';
import { projectRoot } from '../src/paths.ts';
import { prometheusClient } from '../src/prometheus/client.ts';
import { parseExposition } from '../src/prometheus/exposition.ts';
import { quiet, up } from './lab.ts';
import { printTable, type Row } from './report.ts';

const rates = [200, 1_000, 2_000, 4_000];
/** a Go program that answers `ok` and nothing else */
const url = 'http://kafka-exporter:9308/healthz';

interface Way {
  readonly name: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

export async function benchLoss(): Promise<void> {
  // the trivial target and the generator must not run into limits that are made for other work
  const set = ['resources.k6.cpus=2', 'resources.kafka-exporter.cpus=1', 'resources.statsd-exporter.cpus=2'];
  const { lab } = await up({ set });
  const deps = { host: realHost(), paths: lab.paths, signal: quiet.signal };
  const upstream = await resolveImages(
    { ...deps, engine: lab.engine, now: Date.now, goToolchain: () => goToolchain(deps) },
    [k6UpstreamImage],
    lab.config.images,
  );
  const own = lab.project.images.find((image) => image.name === 'k6');
  const rows: Row[] = [];
  for (const rate of rates) {
    for (const kind of ['lab', 'udp'] as const) {
      const testid = `loss-${kind}-${rate}-${Date.now()}`;
      const way: Way =
        kind === 'lab'
          ? {
              name: "the lab's k6, Unix socket",
              image: own?.reference ?? '',
              env: { K6_STATSD_ADDR: 'unix:///run/statsd/statsd.sock', K6_STATSD_CONST_TAGS: `testid:${testid}` },
              args: [],
            }
          : {
              name: 'k6 0.54, UDP, defaults',
              image: upstream.images[0]?.reference ?? '',
              env: { K6_STATSD_ADDR: 'statsd-exporter:9125' },
              args: ['--tag', `testid=${testid}`],
            };
      rows.push(await measure(lab, rate, way, testid));
    }
  }
  printTable(
    'http_reqs of k6, and what arrived of them (6 s at a constant rate, tags on)',
    ['way', 'rate/s', 'k6', 'statsd-exporter', 'Prometheus', 'lost', 'lost %'],
    rows,
  );
}

async function measure(lab: RunningLab, rate: number, way: Way, testid: string): Promise<Row> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lab-bench-'));
  await chmod(folder, 0o777);
  const env = { ...way.env, K6_STATSD_ENABLE_TAGS: 'true', K6_NO_USAGE_REPORT: 'true', RATE: String(rate), URL: url };
  const result = await realHost().run(
    lab.engine.docker,
    [
      ...['run', '--rm', '--network', `${lab.project.name}_lab`, '--sysctl', 'net.unix.max_dgram_qlen=4096'],
      ...['--volume', `${lab.project.name}_statsd-socket:/run/statsd`, '--volume', `${folder}:/run/out`],
      ...['--volume', `${path.join(projectRoot, 'bench')}:/bench:ro`],
      ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ...[way.image, 'run', '--quiet', '--out', 'output-statsd', '--summary-export', '/run/out/summary.json'],
      ...[...way.args, '/bench/loss.js'],
    ],
    { env: lab.engine.env },
  );
  if (result.exitCode !== 0) throw new Error(result.stderr);
  const summary = JSON.parse(await readFile(path.join(folder, 'summary.json'), 'utf8'));
  const sent: number = summary.metrics.http_reqs.count;
  // a later scrape has everything that the exporter has
  await wait(2 * 5_000 + 1_000);
  const exposition = parseExposition(await (await fetch(lab.addresses.statsdExporter)).text());
  const counted = exposition
    .filter((sample) => sample.name === 'k6_http_reqs' && sample.labels.testid === testid)
    .reduce((total, sample) => total + sample.value, 0);
  const [stored] = await prometheusClient(lab.addresses.prometheus).query(`sum(k6_http_reqs{testid="${testid}"})`);
  const lost = sent - (stored?.value ?? 0);
  return [way.name, rate, sent, counted, stored?.value ?? 0, lost, `${((100 * lost) / sent).toFixed(1)} %`];
}
