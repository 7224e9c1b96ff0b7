// What the lab costs while nothing happens: CPU and memory of every container over a minute.
import { setTimeout as wait } from 'node:timers/promises';
import type Docker from 'dockerode';
import { labContainers } from '../src/lab/containers.ts';
import { up } from './lab.ts';
import { printTable, type Row } from './report.ts';

const settleMs = 30_000;
const windowMs = 60_000;

interface Usage {
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
}

export async function benchIdle(): Promise<void> {
  const { lab } = await up();
  await wait(settleMs);
  const containers = await labContainers(lab.engine.api, lab.project.name);
  const look = async (): Promise<readonly Usage[]> =>
    Promise.all([...containers.values()].map(({ id }) => usage(lab.engine.api, id)));
  const before = await look();
  const startMs = Date.now();
  await wait(windowMs);
  const after = await look();
  const seconds = (Date.now() - startMs) / 1000;
  const rows: Row[] = [...containers.keys()].map((service, i) => {
    const cpu = ((after[i]?.cpuSeconds ?? 0) - (before[i]?.cpuSeconds ?? 0)) / seconds;
    return [service, cpu * 100, after[i]?.memoryMiB ?? 0];
  });
  const sum = (column: 1 | 2): number => rows.reduce((total, row) => total + Number(row[column]), 0);
  printTable(
    `the lab idle, 1 broker, over ${windowMs / 1000} s`,
    ['service', '% of a core', 'MiB'],
    [...rows, ['sum', sum(1), sum(2)]],
  );
}

/** Memory as `docker stats` has it: less the page cache that the kernel can take back at once. */
async function usage(api: Docker, id: string): Promise<Usage> {
  const stats = await api.getContainer(id).stats({ stream: false, 'one-shot': true });
  const { usage: used, stats: detail } = stats.memory_stats as {
    readonly usage: number;
    readonly stats: Readonly<Record<string, number>>;
  };
  const reclaimable = detail.total_inactive_file ?? detail.inactive_file ?? 0;
  return { cpuSeconds: stats.cpu_stats.cpu_usage.total_usage / 1e9, memoryMiB: (used - reclaimable) / 1024 ** 2 };
}
