// lab:up beside `docker compose up --detach --wait` of the same file, in turn, images being there.
import { realHost } from '../src/host.ts';
import { down, up } from './lab.ts';
import { median, printTable } from './report.ts';

const rounds = 3;

export async function benchUp(): Promise<void> {
  const host = realHost();
  const first = await up();
  const { engine, project } = first.lab;
  const [command = '', ...leading] = engine.compose;
  const compose: number[] = [];
  const healthy: number[] = [];
  const targets: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await down(first.lab);
    const startMs = Date.now();
    const result = await host.run(command, [...leading, '-f', project.composeFile, 'up', '--detach', '--wait'], {
      env: engine.env,
    });
    if (result.exitCode !== 0) throw new Error(result.stderr);
    compose.push((Date.now() - startMs) / 1000);

    await down(first.lab);
    const { seconds } = await up();
    const { prometheus = 0, ...others } = seconds.ready;
    const before = seconds.engine + seconds.images;
    healthy.push(before + Math.max(...Object.values(others)));
    targets.push(before + Math.max(prometheus, ...Object.values(others)));
  }
  const ratio = healthy.map((value, i) => value / (compose[i] ?? Number.NaN));
  printTable(
    `lab:up, images there, ${rounds} times in turn (seconds)`,
    ['', ...compose.map((_, i) => `round ${i + 1}`), 'median'],
    [
      ['docker compose up --detach --wait', ...compose, median(compose)],
      ['lab:up until every service is ready', ...healthy, median(healthy)],
      ['  ratio', ...ratio, median(ratio)],
      ['lab:up until every scrape target is up', ...targets, median(targets)],
    ],
  );
}
