// What lab:up says at its end: services, where they are, where their images came from, and how long it took.
import Table from 'cli-table3';
import { grafanaPasswordFile } from '../../compose/grafana.ts';
import { renderWarning } from '../errors.ts';
import type { ServiceStatus } from './status.ts';
import type { Up } from './up.ts';

/** Below this width the table does with one column for address and remark. */
const wideColumns = 110;

/** A table of services that fits the terminal. */
export function renderServices(
  rows: readonly ServiceStatus[],
  columns: number,
  readySeconds: Up['seconds']['ready'] = {},
): string {
  const wide = columns >= wideColumns;
  const widths = wide ? [18, 11, 10, 9, 38] : [18, 11, 9];
  const borders = widths.length + 2;
  const rest = columns - borders - widths.reduce((sum, width) => sum + width, 0);
  const table = new Table({
    head: wide
      ? ['service', 'state', 'image', 'seconds', 'where', 'remark']
      : ['service', 'state', 'seconds', 'where, or why not'],
    colWidths: [...widths, rest],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const seconds = { content: readySeconds[row.service]?.toFixed(1) ?? '', hAlign: 'right' } as const;
    const where = row.url ?? '';
    const well = row.state === 'ready' || row.state === 'on demand';
    if (wide) table.push([row.service, row.state, row.image, seconds, where, row.detail]);
    else table.push([row.service, row.state, seconds, well && where ? where : row.detail]);
  }
  return `${table.toString()}\n`;
}

/** The end of lab:up. */
export function renderUp(up: Up, rows: readonly ServiceStatus[], columns: number): string {
  const { engine, images, total } = up.seconds;
  const lines = [
    renderServices(rows, columns, up.seconds.ready),
    `bootstrap servers on this machine: ${up.lab.addresses.bootstrap}\n`,
    ...(up.lab.addresses.baseUrl ? [`system under test, for k6: ${up.lab.addresses.baseUrl}\n`] : []),
    ...(up.lab.addresses.grafana ? [`Grafana: user admin, password in .lab/${grafanaPasswordFile}\n`] : []),
    ...up.lab.project.missing.map(({ service, image }) => `without ${service}: ${image.why}\n`),
    ...up.warnings.map((warning) => `${renderWarning(warning)}\n`),
    `up in ${total.toFixed(1)} s (engine ${engine.toFixed(1)} s, images ${images.toFixed(1)} s)\n`,
  ];
  return lines.join('');
}
