import { describe, expect, it } from 'vitest';
import type { LogDigest } from '../../src/run/k6-log.ts';
import { type Ending, exitOf, verdictOf } from '../../src/run/verdict.ts';

const quiet: LogDigest = { errors: [], warnings: [], exceptions: { count: 0 } };
const ended = (exitCode: number | null, more: Partial<Ending> = {}) =>
  verdictOf({ exit: { exitCode, oomKilled: false }, interrupted: false, log: quiet, ...more });

describe("k6's exit code", () => {
  it.each([
    [0, 'passed', 0],
    [99, 'thresholds', 10],
    [110, 'thresholds', 10],
    [100, 'script-error', 11],
    [101, 'script-error', 11],
    [107, 'script-error', 11],
    [104, 'config-error', 11],
    [120, 'series-limit', 11],
    [103, 'aborted', 12],
    [108, 'aborted', 12],
    [137, 'killed', 13],
    [102, 'failed', 14],
    [109, 'failed', 14],
    [255, 'failed', 14],
    [null, 'failed', 14],
    [105, 'interrupted', 130],
  ] as const)('%s is %s, and %s of the lab', (code, verdict, exit) => {
    expect(ended(code)).toMatchObject({ verdict });
    expect(exitOf(verdict, true)).toBe(exit);
  });

  it('is given with the words that k6 has for it', () => {
    const log = { ...quiet, errors: ["thresholds on metrics 'http_req_failed' have been crossed"] };
    expect(ended(99, { log }).reason).toBe("thresholds on metrics 'http_req_failed' have been crossed");
    expect(ended(107, { log: { ...quiet, errors: ['TypeError: x\n\tat setup (a.js:1:32)'] } }).reason).toBe(
      'the script threw an exception: TypeError: x\n\tat setup (a.js:1:32)',
    );
    expect(ended(255, { log: { ...quiet, errors: ['no such socket'] } }).reason).toBe('no such socket');
  });
});

describe('an ending', () => {
  it('by lack of memory is told from a kill by somebody', () => {
    const oom = ended(137, { exit: { exitCode: 137, oomKilled: true } });
    expect(oom).toMatchObject({ verdict: 'killed', reason: expect.stringContaining('memory limit') });
    expect(ended(137).reason).toContain('not by its own memory limit');
  });

  it('after Ctrl-C is interrupted, whatever code k6 gives then, unless the run had passed already', () => {
    for (const code of [105, 99, 137, null]) expect(ended(code, { interrupted: true }).verdict).toBe('interrupted');
    expect(ended(0, { interrupted: true }).verdict).toBe('passed');
  });

  it('by too many series names the tag, examples and the cure', () => {
    const seriesLimit = {
      limit: 200,
      series: 201,
      tag: 'name',
      values: 180,
      examples: ['http://shop/orders/1', 'http://shop/orders/2', 'http://shop/orders/3', 'http://shop/orders/4'],
    };
    expect(ended(120, { seriesLimit })).toEqual({
      verdict: 'series-limit',
      reason: [
        'stopped at 201 series (the limit is 200): the tag "name" has 180 values, such as',
        '    http://shop/orders/1',
        '    http://shop/orders/2',
        '    http://shop/orders/3',
      ].join('\n'),
      hint: "give requests with changing URLs one name: http.get(url, { tags: { name: 'GET /orders/{id}' } })",
    });
    expect(ended(120, { seriesLimit: { ...seriesLimit, tag: 'customer' } }).hint).toContain('k6.maxSeries');
  });

  it('that passed is 6 when its figures cannot be trusted; another verdict keeps its own code', () => {
    expect(exitOf('passed', false)).toBe(6);
    expect(exitOf('thresholds', false)).toBe(10);
  });
});
