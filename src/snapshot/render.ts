// Snapshots as text: the table of sums, and what `lab:snapshot show` prints.
import Table from 'cli-table3';
import type { Labels } from '../prometheus/client.ts';
import type { AggregatedMetric, Snapshot } from './format.ts';
import { formatCount, formatQuantity } from './quantity.ts';
import type { Reconciliation, Row } from './reconcile.ts';
import type { SnapshotList } from './store.ts';

export interface ReconciliationView {
  /** every row; otherwise rows of k6's other metrics that close are one line, and long lists of APIs are cut */
  readonly all?: boolean;
}

/** Rows of APIs that close, shown at most. */
const maxApis = 15;
const indent = '  ';

/**
 * The table of sums, at most `columns` wide: per section the stages that are compared, then a line per row with its count and a
 * check mark, or the size and place of what is missing.
 */
export function renderReconciliation(
  reconciliation: Reconciliation,
  columns: number,
  { all = false }: ReconciliationView = {},
): string {
  const { rows, notes } = reconciliation;
  const requests = rows.filter(({ what }) => what === 'requests');
  const messages = rows.filter(({ what }) => what === 'messages');
  const others = rows.filter(({ what }) => what !== 'requests' && what !== 'messages');
  const width = columns - indent.length;
  const lines = [
    ...section(
      'requests and k6 metrics',
      [...requests, ...others],
      foldOthers(foldApis(requests, all), others, all),
      width,
    ),
    ...section('messages', messages, messages.map(line), width),
    ...notes.flatMap((note) => wrap(`note: ${note}`, columns)),
    verdict(rows),
  ];
  return `${lines.join('\n')}\n`;
}

interface Line {
  readonly label: string;
  readonly count: string;
  readonly row?: Row;
}

function line(row: Row): Line {
  const label = [row.what === 'messages' ? '' : row.what, row.key].filter(Boolean).join(' ');
  return { label: label || 'messages', count: formatCount(row.stages[0]?.value ?? 0), row };
}

function foldApis(requests: readonly Row[], all: boolean): readonly Line[] {
  const closing = requests.filter(({ closes, key }) => closes && key !== '');
  const hidden = new Set(all ? [] : closing.slice(maxApis));
  const shown = requests.filter((row) => !hidden.has(row)).map(line);
  if (hidden.size === 0) return shown;
  return [...shown.slice(0, -1), { label: `requests of ${hidden.size} more APIs`, count: '' }, ...shown.slice(-1)];
}

function foldOthers(apis: readonly Line[], others: readonly Row[], all: boolean): readonly Line[] {
  // iterations are what a script's author thinks in
  const shown = others.filter(({ closes, what }) => all || !closes || what === 'iterations');
  const hidden = others.length - shown.length;
  const rest = hidden === 0 ? [] : [{ label: `${hidden} more counts of k6`, count: '' }];
  return [...apis, ...shown.map(line), ...rest];
}

function section(title: string, rows: readonly Row[], lines: readonly Line[], width: number): readonly string[] {
  if (rows.length === 0) return [];
  const stages = rows.reduce<readonly string[]>(
    (longest, row) => (row.stages.length > longest.length ? row.stages.map(({ name }) => name) : longest),
    [],
  );
  const countWidth = Math.max(...lines.map(({ count }) => count.length));
  const results = lines.map(({ row }) => result(row, stages));
  const longestLabel = Math.max(...lines.map(({ label }) => label.length));
  // labels give way before results do: what is missing must stay legible
  const room = width - countWidth - Math.max(...results.map((text) => Math.min(text.length, width / 2))) - 4;
  const labelWidth = Math.max(12, Math.min(longestLabel, Math.floor(room)));
  return [
    ...wrap(`${title}: ${stages.join(' = ')}`, width + indent.length),
    ...lines.map(({ label, count }, at) => {
      const head = `${indent}${shorten(label, labelWidth).padEnd(labelWidth)}  ${count.padStart(countWidth)}  `;
      return `${head}${shorten(results[at] ?? '', width + indent.length - head.length)}`;
    }),
  ];
}

function result(row: Row | undefined, stages: readonly string[]): string {
  if (row?.loss) {
    const { at, amount, share } = row.loss;
    const size = formatCount(Math.abs(amount)) === '0' ? String(Math.abs(amount)) : formatCount(Math.abs(amount));
    const percent = formatQuantity(Math.abs(share), 'ratio');
    return amount > 0 ? `✗ ${size} missing at ${at} (${percent})` : `✗ ${size} too many at ${at} (${percent})`;
  }
  const missing = row ? stages.filter((stage) => !row.stages.some(({ name }) => name === stage)) : [];
  return missing.length === 0 ? '✓' : `✓ (not in ${missing.join(', ')})`;
}

function verdict(rows: readonly Row[]): string {
  const open = rows.filter(({ closes }) => !closes).length;
  if (rows.length === 0) return 'no sums: nothing was counted';
  return open === 0 ? `all ${rows.length} sums close` : `${open} of ${rows.length} sums do not close`;
}

/** Cuts the middle out: beginnings and ends tell APIs apart. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

/** Breaks at blanks; continuation lines are indented. */
function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = `${indent}${indent}${word}`;
    } else {
      current = current ? `${current} ${word}` : word;
    }
  }
  return [...lines, current];
}

/** Text of one snapshot: what it is of, what to distrust, every figure, the sums. */
export function renderSnapshot({ manifest, aggregates, reconciliation }: Snapshot, columns: number): string {
  const { run, machine, git } = manifest;
  const seconds = ((manifest.endedMs - manifest.startedMs) / 1000).toFixed(1);
  const facts = [
    `snapshot ${manifest.id}`,
    run.kind === 'run'
      ? `${run.scenario.name} (${run.scenario.file}), label ${manifest.label}, ${seconds} s, k6 ${run.k6.version}: ${run.k6.verdict}`
      : `a window of ${seconds} s without a run, label ${manifest.label}`,
    `${new Date(manifest.startedMs).toISOString()}, lab ${manifest.lab}${git ? ` at ${git.commit.slice(0, 10)}${git.dirty ? ' with changes' : ''}` : ''}`,
    `${machine.cpus} x ${machine.cpuModel}, ${formatQuantity(machine.memoryBytes, 'bytes')}, engine ${manifest.engine.version}`,
    ...manifest.missing.map(({ service, why }) => `without ${service}: ${why}`),
    ...manifest.trust.map(({ level, code, message }) => `${level} ${code}: ${message}`),
  ];
  const sums = reconciliation ? ['', renderReconciliation(reconciliation, columns).trimEnd()] : [];
  return `${[...facts.flatMap((fact) => wrap(fact, columns)), '', renderMetrics(aggregates.metrics, columns), ...sums].join('\n')}\n`;
}

function renderMetrics(metrics: readonly AggregatedMetric[], columns: number): string {
  const rows = metrics.flatMap(({ title, unit, by, values }) =>
    values.map(({ labels, value }) => [title, describeLabels(labels, by), formatQuantity(value, unit)] as const),
  );
  const valueWidth = Math.max(7, ...rows.map(([, , value]) => value.length)) + 2;
  const titleWidth = Math.min(40, Math.max(8, ...rows.map(([title]) => title.length)) + 2);
  const labelsWidth = Math.max(10, columns - valueWidth - titleWidth);
  return plainTable(
    [
      { head: 'metric', width: titleWidth },
      { head: 'of', width: labelsWidth },
      { head: 'value', width: valueWidth, align: 'right' },
    ],
    rows,
  );
}

/** Label values in the order that the metric declares. */
export function describeLabels(labels: Labels, by: readonly string[]): string {
  return by.map((label) => labels[label] ?? '').join(' ');
}

/** A column of a plain table: its head, its width with the gap to the next, and its side. */
export interface Column {
  readonly head: string;
  readonly width: number;
  readonly align?: 'left' | 'right';
}

const rules = ['top', 'bottom', 'left', 'right', 'mid', 'middle'];
const noRules = Object.fromEntries(
  rules.flatMap((rule) => [rule, ...rules.map((other) => `${rule}-${other}`)]).map((name) => [name, '']),
);

/** A table without rules; cells that are too long lose their middle. */
export function plainTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map(({ head }) => head),
    chars: noRules,
    colWidths: columns.map(({ width }) => width),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  for (const row of rows) table.push(row.map((cell, at) => shorten(cell, (columns[at]?.width ?? 2) - 2)));
  return table.toString().replace(/ +$/gm, '');
}

/** One line per snapshot, then what could not be read. */
export function renderList({ snapshots, invalid }: SnapshotList, columns: number): string {
  const idWidth = Math.max(8, ...snapshots.map(({ manifest }) => manifest.id.length)) + 2;
  const rows = snapshots.map(({ manifest }) => {
    const { run, trust } = manifest;
    const errors = trust.filter(({ level }) => level === 'error').map(({ code }) => code);
    const seconds = ((manifest.endedMs - manifest.startedMs) / 1000).toFixed(0);
    return [
      manifest.id,
      manifest.label,
      `${seconds} s`,
      [run.kind === 'run' ? run.k6.verdict : 'window', ...errors].join(', '),
    ];
  });
  const widest = (at: number, least: number): number => Math.max(least, ...rows.map((row) => row[at]?.length ?? 0)) + 2;
  const [label, seconds] = [widest(1, 5), widest(2, 4)];
  const id = Math.max(20, Math.min(idWidth, columns - label - seconds - 14));
  const widths = [
    { head: 'snapshot', width: id },
    { head: 'label', width: label },
    { head: 'load', width: seconds, align: 'right' },
    { head: 'result', width: Math.max(12, columns - id - label - seconds) },
  ] as const;
  const bad = invalid.flatMap(({ folder, fault }) =>
    wrap(`unreadable ${folder}: ${fault.detail ?? fault.message}`, columns),
  );
  if (rows.length === 0 && bad.length === 0) return 'no snapshots yet: npm run lab:run -- smoke takes one\n';
  return `${[...(rows.length > 0 ? [plainTable(widths, rows)] : []), ...bad].join('\n')}\n`;
}
