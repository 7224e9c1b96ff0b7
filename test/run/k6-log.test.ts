import { describe, expect, it } from 'vitest';
import { logDigest, parseLogLine } from '../../src/run/k6-log.ts';

const exception =
  'time="2026-11-21T13:48:47Z" level=error msg="Error: boom \\"x\\"\\n\\tat default (file:///scripts/iter.js:1:36(3))\\n" executor=per-vu-iterations hint="script exception" scenario=default source=stacktrace';
const setupFailed =
  'time="2026-11-21T13:48:47Z" level=error msg="TypeError: Cannot read property \'x\' of undefined\\n\\tat setup (file:///scripts/setup.js:1:32(2))\\n" hint="script exception" source=stacktrace';
const unknownField =
  'time="2026-11-21T13:48:47Z" level=warning msg="There were unknown fields in the options exported in the script" error="json: unknown field \\"durration\\""';
const console = 'time="2026-11-21T13:48:47Z" level=error msg="my own words" source=console';

function digest(...lines: readonly string[]) {
  const log = logDigest();
  lines.forEach(log.add);
  return log.result();
}

describe("a line of k6's log", () => {
  it('is a level, a message and fields, unquoted', () => {
    expect(parseLogLine(exception)).toEqual({
      level: 'error',
      message: 'Error: boom "x"\n\tat default (file:///scripts/iter.js:1:36(3))',
      fields: {
        time: '2026-11-21T13:48:47Z',
        executor: 'per-vu-iterations',
        hint: 'script exception',
        scenario: 'default',
        source: 'stacktrace',
      },
    });
  });

  it('is nothing when it is of the summary', () => {
    expect(parseLogLine('    http_reqs......: 126   22.783959/s')).toBeUndefined();
  });
});

describe('the digest of a log', () => {
  it('counts exceptions of iterations apart from errors: k6 goes on after them', () => {
    const found = digest(exception, exception, setupFailed);
    expect(found.exceptions).toEqual({ count: 2, first: expect.stringContaining('Error: boom "x"') });
    expect(found.errors).toEqual([expect.stringContaining("Cannot read property 'x' of undefined")]);
  });

  it('keeps each warning once, with its error', () => {
    expect(digest(unknownField, unknownField).warnings).toEqual([
      'There were unknown fields in the options exported in the script: json: unknown field "durration"',
    ]);
  });

  it("leaves out what the script's console says", () => {
    expect(digest(console)).toEqual({ errors: [], warnings: [], exceptions: { count: 0 } });
  });

  it('stays small, however long the log', () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `time="t" level=error msg="error ${i}"`);
    expect(digest(...lines).errors).toHaveLength(20);
  });
});
