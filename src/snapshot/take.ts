// Takes a snapshot of a run, or of any window of a running lab: counts, reconciles, measures the catalogue, writes.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { catalogue } from '../../prometheus/catalogue.ts';
import type { RunWindow } from '../../prometheus/metric.ts';
import { LabError, type Warning } from '../errors.ts';
import type { Host } from '../host.ts';
import type { RunningLab } from '../lab/lab.ts';
import { type PrometheusClient, prometheusClient } from '../prometheus/client.ts';
import { runId } from '../run/id.ts';
import { durationMs } from '../run/inspect.ts';
import type { RunOutcome } from '../run/outcome.ts';
import { type Counters, prometheusCounts } from './counters.ts';
import type { DrainResult } from './drain.ts';
import { asWarning, gatherEvidence, readRunFiles, seenByPrometheus } from './evidence.ts';
import { gatherFacts, projectPath } from './facts.ts';
import { type Manifest, snapshotKind, snapshotSchemaVersion, type TrustMark } from './format.ts';
import type { Ledger } from './ledger.ts';
import { measure, stepFor } from './measure.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';
import { gapMarks, type ScrapeGap, scrapeGaps, trustMarks } from './trust.ts';
import { type SnapshotContent, type WrittenSnapshot, writeSnapshot } from './writer.ts';

/** Counters around a run, and how the drain between them went. */
export interface Counted {
  readonly before: Counters;
  readonly after: Counters;
  readonly drained?: DrainResult;
}

export interface TakeOptions {
  readonly host?: Host;
  readonly client?: PrometheusClient;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

export interface TakenSnapshot extends WrittenSnapshot {
  readonly reconciliation: Reconciliation;
  /** what the outcome did not say already */
  readonly warnings: readonly Warning[];
}

/**
 * Writes the snapshot of a run below `paths.snapshots`. A service without an answer makes warnings and gaps in the snapshot, not
 * an error: nothing that was measured is lost. Faults: SNAPSHOTS_UNWRITABLE, SNAPSHOT_EXISTS.
 */
export async function takeSnapshot(
  lab: RunningLab,
  outcome: RunOutcome,
  { before, after, drained }: Counted,
  options: TakeOptions = {},
): Promise<TakenSnapshot> {
  const client = options.client ?? prometheusClient(lab.addresses.prometheus);
  const now = options.now ?? Date.now;
  const files = await readRunFiles(outcome.k6.folder);
  const warnings: Warning[] = [...files.warnings];
  const seen = await seenByPrometheus(
    client,
    outcome.id,
    { startMs: before.atMs, endMs: after.atMs },
    options.signal,
  ).catch((error: unknown) => {
    warnings.push(asWarning(error));
    return undefined;
  });
  const reconciliation = reconcile(gatherEvidence(lab, files, { before, after }, seen, outcome.id));
  const window: RunWindow = {
    testid: outcome.id,
    startMs: outcome.startedMs,
    endMs: outcome.endedMs,
    settledMs: Math.max(after.atMs, outcome.endedMs),
    intervalSeconds: 0,
  };
  const measured = await measureWindow(lab, seen && client, files.ledger, window, options.signal);
  const trust = trustMarks({
    outcome,
    ledger: files.ledger,
    reconciliation,
    prometheus: seen && prometheusCounts(seen.k6),
    drain: drained,
    gaps: measured.gaps,
  });
  const content: SnapshotContent = {
    manifest: {
      ...(await commonManifest(lab, window, trust, options, now())),
      id: outcome.id,
      label: outcome.label,
      run: {
        kind: 'run',
        scenario: { ...outcome.scenario, file: projectPath(lab.paths.project, outcome.scenario.file) },
        k6: {
          exitCode: outcome.k6.exitCode,
          verdict: outcome.k6.verdict,
          version: outcome.k6.version,
          image: outcome.k6.image,
        },
      },
      phases: outcome.phases.map(({ name, startMs, endMs }) => ({ name, startMs, endMs })),
      warnings: [...outcome.warnings, ...warnings].map(plainWarning),
    },
    aggregates: { schema: snapshotSchemaVersion, metrics: [...measured.metrics] },
    reconciliation,
    ledger: files.ledger && files.ledgerBytes,
    summary: files.summaryBytes,
    series: measured.series,
  };
  const { folder, snapshot } = await writeSnapshot(lab.paths.snapshots, content);
  const said = new Set(outcome.warnings.map(({ code }) => code));
  // the table of sums is on screen itself
  const marks = trust.filter(({ code }) => !said.has(code) && code !== 'SUMS_OPEN');
  return {
    folder,
    snapshot,
    reconciliation,
    warnings: [...warnings, ...marks.map(({ code, message }) => ({ code, message }))],
  };
}

export interface WindowRequest {
  readonly label: string;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Freezes what Prometheus has of a past window, without a run of the lab's: no ledger, no sums; k6 series that carry no testid
 * count as its load. Faults: PROMETHEUS_UNREACHABLE, SNAPSHOT_EMPTY, SNAPSHOTS_UNWRITABLE, SNAPSHOT_EXISTS.
 */
export async function takeWindow(
  lab: RunningLab,
  { label, startMs, endMs }: WindowRequest,
  options: TakeOptions = {},
): Promise<WrittenSnapshot> {
  const client = options.client ?? prometheusClient(lab.addresses.prometheus);
  const window: RunWindow = { testid: '', startMs, endMs, settledMs: endMs, intervalSeconds: 0 };
  const measured = await measureWindow(lab, client, undefined, window, options.signal);
  if (measured.metrics.every(({ values }) => values.length === 0)) {
    throw new LabError({
      code: 'SNAPSHOT_EMPTY',
      message: `Prometheus has nothing from ${new Date(startMs).toISOString()} to ${new Date(endMs).toISOString()}`,
      hint: 'the lab was down then, or it is longer ago than prometheus.retention',
    });
  }
  const manifest: SnapshotContent['manifest'] = {
    ...(await commonManifest(lab, window, gapMarks(measured.gaps), options, (options.now ?? Date.now)())),
    id: runId(startMs, 'window', label),
    label,
    run: { kind: 'window' },
    phases: [],
    warnings: [],
  };
  return writeSnapshot(lab.paths.snapshots, {
    manifest,
    aggregates: { schema: snapshotSchemaVersion, metrics: [...measured.metrics] },
    reconciliation: undefined,
    ledger: undefined,
    summary: undefined,
    series: measured.series,
  });
}

async function measureWindow(
  lab: RunningLab,
  client: PrometheusClient | undefined,
  ledger: Ledger | undefined,
  window: RunWindow,
  signal: AbortSignal | undefined,
): Promise<Awaited<ReturnType<typeof measure>> & { readonly gaps: readonly ScrapeGap[] }> {
  const { startMs, endMs, settledMs } = window;
  const intervalMs = durationMs(lab.config.prometheus.scrapeInterval);
  // in a short run a wide window would mostly look at what was before it
  const scrapes = endMs - startMs < 24 * intervalMs ? 2 : 4;
  const aborting = signal ? { signal } : {};
  const [measured, gaps] = await Promise.all([
    measure({
      catalogue,
      client,
      ledger,
      window: { ...window, intervalSeconds: (scrapes * intervalMs) / 1000 },
      stepMs: stepFor(settledMs - startMs, intervalMs),
      ...aborting,
    }),
    client ? scrapeGaps(client, { startMs, endMs, intervalMs, ...aborting }) : [],
  ]);
  return { ...measured, gaps };
}

async function commonManifest(
  lab: RunningLab,
  { startMs, endMs, settledMs }: RunWindow,
  trust: readonly TrustMark[],
  { host, client, signal }: TakeOptions,
  takenMs: number,
): Promise<Omit<Manifest, 'id' | 'label' | 'run' | 'phases' | 'warnings' | 'files'>> {
  const version = await (client ?? prometheusClient(lab.addresses.prometheus)).version(signal).catch(() => 'unknown');
  return {
    kind: snapshotKind,
    schema: snapshotSchemaVersion,
    takenMs: Math.round(takenMs),
    startedMs: Math.round(startMs),
    endedMs: Math.round(endMs),
    settledMs: Math.round(settledMs),
    ...(await gatherFacts(lab, await labVersion(lab.paths.project), host)),
    prometheus: version,
    trust: [...trust],
  };
}

function plainWarning({ code, message, hint }: Warning): Manifest['warnings'][number] {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

async function labVersion(project: string): Promise<string> {
  const content: unknown = JSON.parse(await readFile(path.join(project, 'package.json'), 'utf8'));
  return content !== null && typeof content === 'object' && 'version' in content ? String(content.version) : 'unknown';
}
