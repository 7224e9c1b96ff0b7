import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/io.ts';
import { planRun } from '../../src/run/plan.ts';
import { type Measuring, runSession, type Taken } from '../../src/run/session.ts';
import { aConfig, aLab, aLedger, anIo, aRequest, aScript, atMs, type FakeK6, fakeK6, someDeps } from './fixture.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'session-'));
});

const answering = (async (input: string | URL | Request) =>
  String(input).includes('/api/v1/targets')
    ? Response.json({ status: 'success', data: { activeTargets: [] } })
    : new Response('')) as typeof fetch;

interface Given {
  readonly k6: FakeK6;
  readonly closes?: boolean;
  readonly trust?: Taken['snapshot']['manifest']['trust'];
  readonly own?: boolean;
  readonly io?: Partial<Io>;
  readonly fetch?: typeof fetch;
  /** k6 containers of earlier runs */
  readonly leftovers?: number;
  /** happens when the run's container has been started */
  readonly onStart?: () => void;
}

/** A whole session with pretended containers and a pretended measuring side, which writes down what it is asked. */
async function session(given: Given) {
  const lab = aLab(folder, aConfig());
  const request = aRequest(aScript(folder, given.own));
  const io = anIo({ cwd: folder, ...given.io });
  const asked: string[] = [];
  const k6 = fakeK6(given.k6, () => planRun(lab, request, atMs).runFolder);
  let reads = 0;
  const measuring: Measuring<string, string> = {
    readCounters: async () => {
      reads += 1;
      asked.push(`read ${reads}`);
      return `counters ${reads}`;
    },
    drain: async (_, before, { timeoutMs, signal }) => {
      asked.push(`drain ${before}, ${timeoutMs} ms${signal.aborted ? ', aborted' : ''}`);
      return 'drained';
    },
    takeSnapshot: async (_, outcome, { before, after, drained }) => {
      asked.push(`snapshot ${outcome.k6.verdict}: ${before}, ${after}, ${drained}`);
      return {
        folder: path.join(folder, 'snapshots', outcome.id),
        reconciliation: { closes: given.closes ?? true, rows: [], notes: [] },
        warnings: [],
        snapshot: { manifest: { trust: given.trust ?? [] } },
      };
    },
    renderReconciliation: () => 'THE SUMS\n',
  };
  const deps = {
    ...someDeps(async (options, onOutput) => {
      const started = await k6.start(options, onOutput);
      if (options.Cmd?.[0] === 'run') given.onStart?.();
      return started;
    }, io.signal),
    readLedger: someDeps(k6.start).readLedger as never,
    fetch: given.fetch ?? answering,
    removeLeftovers: async () => given.leftovers ?? 0,
    measuring,
  };
  const exit = await runSession(lab, request, deps, io);
  return { exit, asked, printed: io.printed(), events: k6.events };
}

describe('a session', () => {
  it('counts, runs, drains, counts again, freezes and shows', async () => {
    const { exit, asked, printed } = await session({ k6: { ledger: aLedger() } });
    expect(exit).toBe(0);
    expect(asked).toEqual([
      'read 1',
      'drain counters 1, 60000 ms',
      'read 2',
      'snapshot passed: counters 1, counters 2, drained',
    ]);
    await expect(printed.replaceAll(folder, '/repo')).toMatchFileSnapshot('golden/session.txt');
  });

  it('keeps the snapshot of a run that crossed thresholds, and exits 10', async () => {
    const k6 = {
      exit: { exitCode: 99, oomKilled: false },
      stderr: `time="t" level=error msg="thresholds on metrics 'checks' have been crossed"\n`,
      ledger: aLedger(),
    };
    const { exit, printed } = await session({ k6 });
    expect(exit).toBe(10);
    expect(printed).toContain("FAILED: thresholds (20.0 s, k6 exit 99)\n  thresholds on metrics 'checks'");
    expect(printed).toMatch(/snapshot snapshots\/20260102T030405Z-smoke-base\n$/);
  });

  it.each([
    ['sums that do not close', { closes: false }],
    ['a run without tags per API', { trust: [{ code: 'NO_API_TAGS', level: 'error' as const }] }],
    ['lost samples', { trust: [{ code: 'SAMPLES_LOST', level: 'error' as const }] }],
  ])('does not trust %s: exit 6, and the snapshot is there', async (_, given) => {
    const { exit, asked, printed } = await session({ k6: { ledger: aLedger() }, ...given });
    expect(exit).toBe(6);
    expect(asked.at(-1)).toMatch(/^snapshot/);
    expect(printed).toContain('these figures cannot be trusted');
  });

  it('trusts a run of which something is only remarked', async () => {
    const trust = [{ code: 'CLOSED_MODEL', level: 'warning' as const }];
    expect((await session({ k6: { ledger: aLedger() }, trust })).exit).toBe(0);
  });

  it('ends what a killed lab:run left at work, and waits for its messages before it counts', async () => {
    const { asked, printed } = await session({ k6: { ledger: aLedger() }, leftovers: 1 });
    expect(asked.slice(0, 3)).toEqual(['read 1', 'drain counters 1, 60000 ms', 'read 2']);
    expect(asked.at(-1)).toBe('snapshot passed: counters 2, counters 3, drained');
    expect(printed).toContain('warning LEFTOVER_K6');
  });

  it("shows what a user's own script printed at its end, as k6 run would", async () => {
    const k6 = { stdout: 'from handleSummary\n', ledger: aLedger() };
    expect((await session({ k6, own: true })).printed).toContain('from handleSummary');
    expect((await session({ k6 })).printed).not.toContain('from handleSummary');
  });
});

describe('a session that is interrupted', () => {
  it('is frozen all the same, with a short drain, and exits 130', async () => {
    const abort = new AbortController();
    const { exit, asked, events } = await session({
      k6: { until: 'SIGINT', exit: { exitCode: 105, oomKilled: false }, ledger: aLedger() },
      io: { signal: abort.signal },
      onStart: () => abort.abort(),
    });
    expect(exit).toBe(130);
    expect(events).toContain('SIGINT run');
    expect(asked.slice(1)).toEqual([
      'drain counters 1, 15000 ms',
      'read 2',
      'snapshot interrupted: counters 1, counters 2, drained',
    ]);
  });
});

describe('a session in which nothing was measured', () => {
  const failing = (exitCode: number, said: string): Given => ({
    k6: { exit: { exitCode, oomKilled: false }, stderr: `time="t" level=error msg="${said}" source=stacktrace\n` },
  });

  it("shows the script's own error and takes no snapshot", async () => {
    await expect(session(failing(107, 'TypeError: x is undefined'))).rejects.toMatchObject({
      code: 'SCRIPT_ERROR',
      detail: expect.stringContaining('TypeError: x is undefined'),
      exit: 11,
    });
  });

  it("shows k6's own, where the script is not to blame", async () => {
    await expect(session(failing(255, 'could not start output'))).rejects.toMatchObject({
      code: 'K6_FAILED',
      detail: expect.stringContaining('could not start output'),
      exit: 14,
    });
  });

  it('starts no container when the lab cannot measure', async () => {
    const silent = (async () => {
      throw new Error('refused');
    }) as typeof fetch;
    await expect(session({ k6: {}, fetch: silent })).rejects.toMatchObject({ code: 'LAB_NOT_READY' });
  });
});
