// What exporters print, as samples.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../src/prometheus/exposition.ts';

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, 'fixtures', name), { encoding: 'utf8' });

describe('an exposition', () => {
  it('keeps every series of a histogram apart, with its labels', () => {
    const samples = parseExposition(fixture('statsd-exporter.txt'));
    const counts = samples.filter(({ name }) => name === 'k6_http_req_duration_count');
    expect(counts.map(({ labels, value }) => [labels.name, value])).toEqual([
      ['GET /products', 70],
      ['POST /orders', 210],
    ]);
    expect(samples.filter(({ name }) => name === 'k6_http_req_duration_bucket')).toHaveLength(6);
  });

  it('reads escapes, blanks, time stamps, exemplars, infinities', () => {
    expect(
      parseExposition(
        [
          '# HELP a text with {braces} and "quotes"',
          '# TYPE a counter',
          'a{path="C:\\\\x",said="\\"hi\\"",lines="1\\n2"} 3',
          'b { x = "1" , y="}," , } 4 1700000000000',
          'c_bucket{le="+Inf"} 5 # {trace_id="abc"} 0.67 1700000000.1',
          '',
          'd +Inf',
          'e -1.5e-3',
          'f NaN',
          'g{} 7',
          '# EOF',
        ].join('\n'),
      ),
    ).toEqual([
      { name: 'a', labels: { path: 'C:\\x', said: '"hi"', lines: '1\n2' }, value: 3 },
      { name: 'b', labels: { x: '1', y: '},' }, value: 4 },
      { name: 'c_bucket', labels: { le: '+Inf' }, value: 5 },
      { name: 'd', labels: {}, value: Number.POSITIVE_INFINITY },
      { name: 'e', labels: {}, value: -0.0015 },
      { name: 'f', labels: {}, value: Number.NaN },
      { name: 'g', labels: {}, value: 7 },
    ]);
  });

  it.each(['a{x="1" 3', 'a{x=1} 3', 'a', 'a three', '<html>'])('%s is refused with its line number', (line) => {
    expect(() => parseExposition(`ok 1\n${line}`)).toThrow('line 2');
  });
});
