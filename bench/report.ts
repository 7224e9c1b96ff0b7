// What all benchmarks print: a heading, the machine, and a table of figures taken in one run.
import os from 'node:os';
import Table from 'cli-table3';

export type Row = readonly (string | number)[];

/** Prints a table under a heading. */
export function printTable(heading: string, head: readonly string[], rows: readonly Row[]): void {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell))));
  console.log(`\n${heading}\n${table.toString()}`);
}

/** The machine that the figures are from, with its load: figures of a busy machine are worth little. */
export function printMachine(): void {
  const [cpu] = os.cpus();
  const load = os
    .loadavg()
    .map((l) => l.toFixed(1))
    .join(' ');
  console.log(
    `${os.availableParallelism()} x ${cpu?.model ?? 'CPU'}, ${(os.totalmem() / 1024 ** 3).toFixed(0)} GiB, load ${load}`,
  );
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}

/** The middle of some figures. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
