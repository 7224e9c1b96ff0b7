// Reads Prometheus' text exposition format: what an exporter's /metrics prints.
//
// Own code because the kept parser on npm (parse-prometheus-text-format) folds a histogram's series into one entry
// without labels, which is just what the sums per API need.
import { type Labels, parseValue } from './client.ts';

export interface ExpositionSample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*/;
const label = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
// value, then an optional timestamp, then an optional exemplar (OpenMetrics)
const tail = /^\s*(\S+)(?:\s+-?[0-9.eE+]+)?\s*(?:#\s*\{.*)?$/;

/** Samples in the order of the text. A line that is neither sample, comment nor blank is a RangeError with its number. */
export function parseExposition(text: string): readonly ExpositionSample[] {
  const samples: ExpositionSample[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '' || line.startsWith('#') || line.trim() === '') continue;
    const sample = parseLine(line);
    if (!sample) throw new RangeError(`not an exposition: line ${index + 1}: ${line.slice(0, 120)}`);
    samples.push(sample);
  }
  return samples;
}

function parseLine(line: string): ExpositionSample | undefined {
  const name = head.exec(line);
  if (!name?.[1]) return undefined;
  let rest = line.slice(name[0].length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    let at = 1;
    for (label.lastIndex = at; ; ) {
      const pair = label.exec(rest);
      if (!pair?.[1] || pair[2] === undefined) break;
      labels[pair[1]] = unescapeLabel(pair[2]);
      at = label.lastIndex;
    }
    const close = /^\s*\}/.exec(rest.slice(at));
    if (!close) return undefined;
    rest = rest.slice(at + close[0].length);
  }
  const value = tail.exec(rest)?.[1];
  if (value === undefined) return undefined;
  const number = parseValue(value);
  if (Number.isNaN(number) && value !== 'NaN') return undefined;
  return { name: name[1], labels, value: number };
}

function unescapeLabel(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)) : text;
}
