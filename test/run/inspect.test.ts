import { describe, expect, it } from 'vitest';
import { durationMs, phasesOf, readInspection } from '../../src/run/inspect.ts';
import { aScript, atMs, inspectOutput } from './fixture.ts';

const script = aScript('/srv/shop', true);
const inspected = (stdout: string, stderr = '', exitCode = 0) =>
  readInspection({ exit: { exitCode, oomKilled: false }, stdout, stderr }, script);

describe('what k6 inspect says', () => {
  it('gives the length, the VUs, the tags and the phases in order of their start', () => {
    expect(inspected(inspectOutput)).toMatchObject({
      totalMs: 135_000,
      maxVus: 200,
      tags: { team: 'red' },
      phases: [
        { name: 'warmup', startMs: 0, durationMs: 10_000 },
        { name: 'orders', startMs: 10_000, durationMs: 120_000 },
      ],
      warnings: [],
    });
  });

  it('takes the length of stages from their sum, of iterations from their limit', () => {
    const scenarios = {
      ramp: { executor: 'ramping-vus', startTime: null, stages: [{ duration: '30s' }, { duration: '1m0s' }] },
      some: { executor: 'shared-iterations', maxDuration: '10m0s' },
    };
    expect(inspected(JSON.stringify({ scenarios })).phases).toEqual([
      { name: 'ramp', startMs: 0, durationMs: 90_000 },
      { name: 'some', startMs: 0, durationMs: 600_000 },
    ]);
  });

  it('keeps its warnings, such as an option that k6 does not know', () => {
    const stderr =
      'time="t" level=warning msg="There were unknown fields" error="json: unknown field \\"durration\\""\n';
    expect(inspected('{}', stderr).warnings).toEqual([
      { code: 'K6_WARNING', message: 'There were unknown fields: json: unknown field "durration"' },
    ]);
  });

  it.each([
    [
      'a syntax error',
      107,
      'file:///scripts/load/checkout.js: Line 4:0 Expected ")" but found "}"',
      '/srv/shop/load/checkout.js: Line 4:0 Expected ")" but found "}"',
    ],
    ['options that k6 refuses', 104, "unknown executor type 'nope'", "unknown executor type 'nope'"],
  ])("is an error for %s, in k6's own words and with the path of the host", (_, code, said, shown) => {
    const stderr = `time="t" level=error msg=${JSON.stringify(said)}\n`;
    expect(() => inspected('', stderr, code)).toThrow(
      expect.objectContaining({ code: 'SCRIPT_ERROR', detail: shown, exit: 11 }),
    );
  });

  it('explains which folder the container sees when an import is not there', () => {
    const stderr = `time="t" level=error msg="The moduleSpecifier \\"../../x.js\\" couldn't be found on local disk."\n`;
    expect(() => inspected('', stderr, 107)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('/srv/shop and what is below it') }),
    );
  });
});

describe('the phases of a run', () => {
  const planned = [
    { name: 'warmup', startMs: 0, durationMs: 10_000 },
    { name: 'orders', startMs: 10_000, durationMs: 120_000 },
  ];

  it('begin when the scenarios began, and touch one another', () => {
    expect(phasesOf(planned, atMs, atMs + 131_000)).toEqual([
      { name: 'warmup', startMs: atMs, endMs: atMs + 10_000 },
      { name: 'orders', startMs: atMs + 10_000, endMs: atMs + 130_000 },
    ]);
  });

  it('end with a run that ended early; those it never came to are left out', () => {
    expect(phasesOf(planned, atMs, atMs + 15_000).at(-1)).toEqual({
      name: 'orders',
      startMs: atMs + 10_000,
      endMs: atMs + 15_000,
    });
    expect(phasesOf(planned, atMs, atMs + 5_000).map(({ name }) => name)).toEqual(['warmup']);
  });
});

describe("k6's durations", () => {
  it.each([
    ['2m15s', 135_000],
    ['1h0m0.5s', 3_600_500],
    ['500ms', 500],
    ['1d', 86_400_000],
    [null, 0],
  ])('%s is %s ms', (text, ms) => expect(durationMs(text)).toBe(ms));
});
