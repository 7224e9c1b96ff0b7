// The table of `lab:images`: what each image is called, where it came from, and why.
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import type { MissingImage, ResolvedImage } from './descriptor.ts';

const head = ['image', 'source', 'id', 'size', 'why'] as const;
const idLength = 12;
const gap = 2;
/** No lines between cells: entries of two lines are easier to read without. */
const borders = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
];

/** The images as a table of at most `columns` characters (from 72 on): two lines for each, the second its reference. */
export function renderImages(
  images: readonly ResolvedImage[],
  missing: readonly MissingImage[],
  columns: number,
): string {
  const rows = [
    ...images.map(({ name, source, id, sizeBytes, why, reference }) => ({
      cells: [name, source, id.replace(/^sha256:/, '').slice(0, idLength), prettyBytes(sizeBytes), why],
      reference,
    })),
    ...missing.map(({ name, source, why }) => ({ cells: [name, source, '', '', why], reference: undefined })),
  ];
  const fixed = head.slice(0, -1).map((title, column) => {
    return Math.max(title.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0));
  });
  const whyWidth = Math.max(16, columns - fixed.reduce((sum, width) => sum + width + gap, gap));
  const table = new Table({
    head: [...head],
    colWidths: [...fixed, whyWidth].map((width) => width + gap),
    wordWrap: true,
    chars: Object.fromEntries(borders.map((name) => [name, ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
  });
  for (const { cells, reference } of rows) {
    table.push(cells);
    if (reference !== undefined)
      table.push([{ content: `  ${reference.replace('@', '\n  @')}`, colSpan: head.length }]);
  }
  return `${table.toString().replace(/ +$/gm, '')}\n`;
}
