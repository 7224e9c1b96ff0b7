// The table of `lab:images`: what each image is called, where it came from, and why.
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import type { MissingImage, ResolvedImage } from './descriptor.ts';

const head = ['image', 'source', 'id', 'size', 'reference and why'];
/** Borders and padding of the five columns. */
const frame = 16;

/** The images as a table that fits `columns` (at least 60) characters. */
export function renderImages(
  images: readonly ResolvedImage[],
  missing: readonly MissingImage[],
  columns: number,
): string {
  const rows = [
    ...images.map((image) => [
      image.name,
      image.source,
      image.id.replace(/^sha256:/, '').slice(0, 12),
      prettyBytes(image.sizeBytes),
      `${image.reference}\n${image.why}`,
    ]),
    ...missing.map((image) => [image.name, image.source, '', '', image.why]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const rest = Math.max(20, columns - frame - widths.reduce((sum, width) => sum + width, 0));
  const table = new Table({
    head,
    colWidths: [...widths, rest].map((width) => width + 2),
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [] },
  });
  table.push(...rows);
  return `${table.toString()}\n`;
}
