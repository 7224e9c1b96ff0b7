import { access, mkdtemp, readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { planRun } from '../../src/run/plan.ts';
import { prepareRun, runScenario } from '../../src/run/run.ts';
import { aConfig, aLab, aLedger, aRequest, aScript, atMs, type FakeK6, fakeK6, someDeps } from './fixture.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'run-'));
});

/** Prepares and runs a pretended k6; `own` is the user's own script. */
async function run(fake: FakeK6, { own = false, rate = undefined as number | undefined, image = '' } = {}) {
  const lab = aLab(folder, aConfig(image ? { image } : {}));
  const request = aRequest(aScript(folder, own), rate === undefined ? {} : { rate });
  const { runFolder } = planRun(lab, request, atMs);
  const k6 = fakeK6(fake, () => runFolder);
  const deps = someDeps(k6.start);
  const prepared = await prepareRun(lab, request, deps);
  return { outcome: await runScenario(lab, prepared, deps), events: k6.events, runFolder };
}

describe('a run', () => {
  it('leaves its outcome and its log, and no container', async () => {
    const { outcome, events, runFolder } = await run({ stdout: 'summary\n', stderr: 'log\n', ledger: aLedger() });
    expect(outcome).toMatchObject({
      id: '20260102T030405Z-smoke-base',
      label: 'base',
      scenario: { name: 'smoke' },
      startedMs: atMs,
      endedMs: atMs + 20_000,
      phases: [
        { name: 'warmup', startMs: atMs, endMs: atMs + 10_000 },
        { name: 'orders', startMs: atMs + 10_000, endMs: atMs + 20_000 },
      ],
      k6: { exitCode: 0, verdict: 'passed', version: '2.2.0', image: 'kafka-load-lab/k6:2.2.0-abc', folder: runFolder },
      warnings: [],
    });
    expect(events).toEqual(['start inspect', 'remove inspect', 'start run', 'remove run']);
    expect(await readFile(path.join(runFolder, 'k6.log'), 'utf8')).toBe('summary\nlog\n');
    expect(await readFile(path.join(runFolder, 'summary.txt'), 'utf8')).toBe('summary\n');
  });

  it('with crossed thresholds is an outcome like any other', async () => {
    const { outcome } = await run({
      exit: { exitCode: 99, oomKilled: false },
      stderr: `time="t" level=error msg="thresholds on metrics 'checks' have been crossed"`,
      ledger: aLedger(),
    });
    expect(outcome.k6).toMatchObject({
      verdict: 'thresholds',
      reason: "thresholds on metrics 'checks' have been crossed",
    });
  });

  it("whose setup() threw shows the script's error with the path on the host", async () => {
    const stderr =
      'time="t" level=error msg="TypeError: x is undefined\\n\\tat setup (file:///scripts/load/checkout.js:1:32(2))\\n" source=stacktrace\n';
    const { outcome } = await run({ exit: { exitCode: 107, oomKilled: false }, stderr }, { own: true });
    expect(outcome.k6.verdict).toBe('script-error');
    expect(outcome.k6.reason).toContain(`at setup (${folder}/load/checkout.js:1:32(2))`);
  });

  it('stopped for its series says so, whatever exit code k6 gave', async () => {
    const stopped = {
      reason: 'series-limit' as const,
      limit: 10,
      series: 11,
      tag: 'name',
      values: 9,
      examples: ['http://shop/1'],
    };
    const { outcome } = await run({ exit: { exitCode: 255, oomKilled: false }, ledger: aLedger({ stopped }) });
    expect(outcome.k6).toMatchObject({ verdict: 'series-limit', reason: expect.stringContaining('http://shop/1') });
  });

  it('killed for lack of memory has no ledger, and the version from k6 itself', async () => {
    const { outcome, events } = await run({ exit: { exitCode: 137, oomKilled: true } });
    expect(outcome.k6).toMatchObject({ verdict: 'killed', version: '1.2.3' });
    expect(outcome.warnings.map(({ code }) => code)).toEqual(['NO_LEDGER']);
    expect(events.slice(2)).toEqual(['start run', 'start version', 'remove version', 'remove run']);
  });

  it('whose script does not compile never starts, and leaves no folder', async () => {
    const inspect = { exitCode: 107, stderr: 'time="t" level=error msg="Line 4:0 Expected"\n' };
    await expect(run({ inspect })).rejects.toMatchObject({ code: 'SCRIPT_ERROR', detail: 'Line 4:0 Expected' });
    expect(await readdir(path.join(folder, '.lab', 'runs'))).toEqual([]);
  });

  it('that cannot be started is an error, and its half-made container is gone', async () => {
    const lab = aLab(folder);
    const deps = someDeps(async () => Promise.reject(new Error('no engine')));
    await expect(prepareRun(lab, aRequest(aScript(folder)), deps)).rejects.toThrow('no engine');
    await expect(access(path.join(folder, '.lab', 'runs', '20260102T030405Z-smoke-base'))).rejects.toThrow();
  });
});

describe('Ctrl-C', () => {
  async function interrupted(fake: FakeK6) {
    const lab = aLab(folder);
    const request = aRequest(aScript(folder));
    const abort = new AbortController();
    const k6 = fakeK6(fake, () => planRun(lab, request, atMs).runFolder);
    const patience = fake.until === 'SIGKILL' ? { patienceMs: 5 } : {};
    const deps = { ...someDeps(k6.start, abort.signal), ...patience };
    const prepared = await prepareRun(lab, request, deps);
    const running = runScenario(lab, prepared, deps);
    abort.abort();
    return { outcome: await running, events: k6.events.slice(2) };
  }

  it('asks k6 to end the run, which is then interrupted and has its ledger', async () => {
    const { outcome, events } = await interrupted({
      until: 'SIGINT',
      exit: { exitCode: 105, oomKilled: false },
      ledger: aLedger(),
    });
    expect(outcome.k6).toMatchObject({ verdict: 'interrupted', exitCode: 105 });
    expect(events).toEqual(['start run', 'SIGINT run', 'remove run']);
  });

  it('kills a k6 that does not end in time', async () => {
    const { outcome, events } = await interrupted({ until: 'SIGKILL', exit: { exitCode: 137, oomKilled: false } });
    expect(outcome.k6.verdict).toBe('interrupted');
    expect(events.slice(0, 3)).toEqual(['start run', 'SIGINT run', 'SIGKILL run']);
  });
});

describe('warnings', () => {
  const codes = async (fake: FakeK6, more = {}) => (await run(fake, more)).outcome.warnings.map(({ code }) => code);

  it('of dropped iterations', async () => {
    const series = [{ metric: 'dropped_iterations', tags: {}, count: 2, sum: 12, min: 1, max: 11 }];
    const { outcome } = await run({ ledger: aLedger({ series: [...aLedger().series, ...series] }) });
    expect(outcome.warnings).toEqual([
      expect.objectContaining({ code: 'GENERATOR_BEHIND', message: expect.stringContaining('12 iterations') }),
    ]);
  });

  it('of exceptions in iterations, which k6 exits 0 after', async () => {
    const stderr = 'time="t" level=error msg="Error: boom" scenario=default source=stacktrace\n';
    expect(await codes({ stderr, ledger: aLedger() })).toEqual(['SCRIPT_EXCEPTIONS']);
  });

  it('of a run without requests', async () => {
    expect(await codes({ ledger: aLedger({ series: [] }) })).toEqual(['NO_REQUESTS']);
  });

  it('of --rate, which k6 has no flag for', async () => {
    expect(await codes({ ledger: aLedger() }, { own: true, rate: 5 })).toEqual(['RATE_NOT_APPLIED']);
    expect(await codes({ ledger: aLedger() }, { own: false, rate: 5 })).toEqual([]);
  });

  it("of an image that has not the lab's output", async () => {
    expect(await codes({}, { image: 'example.org/k6:1' })).toEqual(['NO_LEDGER']);
  });

  it("of k6's own, once each though inspect and run both say them", async () => {
    const stderr = 'time="t" level=warning msg="unknown fields"\ntime="t" level=warning msg="Insufficient VUs"\n';
    const inspect = { exitCode: 0, stderr: 'time="t" level=warning msg="unknown fields"\n' };
    const { outcome } = await run({ inspect, stderr, ledger: aLedger() });
    expect(outcome.warnings.map(({ message }) => message)).toEqual(['unknown fields', 'Insufficient VUs']);
  });
});
