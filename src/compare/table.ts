// A comparison as a table for the terminal: two columns and the ratio of each metric.
import { formatQuantity } from '../snapshot/quantity.ts';
import { describeLabels, plainTable, shorten } from '../snapshot/render.ts';
import type { ComparedRow, Comparison, Side } from './compare.ts';

export interface TableOptions {
  /** also the rows in which both sides are zero */
  readonly all?: boolean;
}

/** Text at most `columns` wide; ends with a newline. */
export function renderComparison(comparison: Comparison, columns: number, { all = false }: TableOptions = {}): string {
  const rows = comparison.rows.filter(({ a, b }) => all || (a ?? 0) !== 0 || (b ?? 0) !== 0);
  const hidden = comparison.rows.length - rows.length;
  const lines = [
    describeSide('A', comparison.a),
    describeSide('B', comparison.b),
    ...comparison.differences.map(({ what, a, b }) => shorten(`differs: ${what}: ${a} | ${b}`, columns)),
    '',
    renderRows(rows, columns),
    ...(hidden > 0 ? [`${hidden} rows are zero on both sides (--all shows them)`] : []),
    'one run a side: the figures differ, whether it means anything is not judged',
  ];
  return `${lines.join('\n')}\n`;
}

function describeSide(letter: string, { name, runs }: Side): string {
  const run = runs.at(-1)?.manifest;
  if (!run) return `${letter}  ${name}`;
  return name === run.id ? `${letter}  ${run.id}` : `${letter}  ${name}: ${run.id}`;
}

function renderRows(rows: readonly ComparedRow[], columns: number): string {
  const cells = rows.map((row) => [
    row.metric.title,
    describeLabels(row.labels, row.metric.by),
    quantity(row.a, row),
    quantity(row.b, row),
    change(row),
  ]);
  const head = ['metric', 'of', 'A', 'B', 'B/A'];
  const widest = (column: number): number => Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0)) + 2;
  const [a, b, ratio] = [widest(2), widest(3), widest(4)];
  const room = columns - a - b - ratio;
  const title = Math.min(widest(0), Math.max(16, Math.floor(room * 0.55)));
  return plainTable(
    [
      { head: 'metric', width: title },
      { head: 'of', width: Math.max(8, Math.min(widest(1), room - title)) },
      { head: 'A', width: a, align: 'right' },
      { head: 'B', width: b, align: 'right' },
      { head: 'B/A', width: ratio, align: 'right' },
    ],
    cells,
  );
}

function quantity(value: number | undefined, { metric }: ComparedRow): string {
  return value === undefined ? '–' : formatQuantity(value, metric.unit);
}

/** A ratio to three decimals, or a signed difference where the metric is compared by difference. */
function change({ ratio, difference, metric }: ComparedRow): string {
  if (ratio !== undefined) return ratio.toFixed(3);
  if (difference === undefined) return '–';
  if (difference === 0) return '=';
  const size = formatQuantity(Math.abs(difference), metric.unit);
  return `${difference > 0 ? '+' : '-'}${size}`;
}
