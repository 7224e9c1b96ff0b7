// Gathers what every stage of the way counted during a run: k6's own files, statsd-exporter, Prometheus, Kafka.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LabError, type Warning } from '../errors.ts';
import type { RunningLab } from '../lab/lab.ts';
import type { PrometheusClient } from '../prometheus/client.ts';
import { counterIncreases, type Increase } from '../prometheus/increases.ts';
import {
  belongsTo,
  type Counters,
  hasTargetCounters,
  prometheusCounts,
  statsdCounts,
  topicCounts,
} from './counters.ts';
import { snapshotFile } from './format.ts';
import { summaryMetrics } from './k6-summary.ts';
import { type Ledger, parseLedger } from './ledger.ts';
import type { Evidence, SeriesCount } from './reconcile.ts';

/** Counters that Prometheus has of a run. */
export interface Seen {
  readonly k6: readonly Increase[];
  readonly target: readonly Increase[];
  /** k6's series carry the run's testid */
  readonly tagged: boolean;
}

/** Growth of the counters of k6 and target between two moments. Faults of the client. */
export async function seenByPrometheus(
  client: PrometheusClient,
  testid: string,
  times: { readonly startMs: number; readonly endMs: number },
  signal: AbortSignal | undefined,
): Promise<Seen> {
  const window = { ...times, ...(signal ? { signal } : {}) };
  const counts = '__name__=~"k6_.+",__name__!~".+_bucket"';
  const target = await counterIncreases(client, '__name__=~"target_messages_(acknowledged|consumed)_total"', window);
  const own = await counterIncreases(client, `${counts},testid=${JSON.stringify(testid)}`, window);
  if (own.length > 0) return { k6: own, target, tagged: true };
  const untagged = await counterIncreases(client, `${counts},testid=""`, window);
  return { k6: untagged.filter(({ increase }) => increase > 0), target, tagged: untagged.length === 0 };
}

/** Everything that reconcile() compares. */
export function gatherEvidence(
  lab: RunningLab,
  { ledger, summary }: RunFiles,
  { before, after }: { readonly before: Counters; readonly after: Counters },
  seen: Seen | undefined,
  testid: string,
): Evidence {
  const notes = [...before.notes, ...after.notes];
  const metrics = summaryMetrics(summary);
  let statsd: readonly SeriesCount[] | undefined;
  if (after.statsd) {
    const own = statsdCounts(before.statsd, after.statsd, seen?.k6 ?? [], belongsTo(testid, seen?.tagged ?? true));
    statsd = own.counts;
    if (own.forgotten > 0) {
      notes.push(
        `statsd-exporter had forgotten ${own.forgotten} silent series at the end: their last scraped counts are used`,
      );
    }
  }
  if (seen && !seen.tagged)
    notes.push("k6's series carry no testid: everything that was counted in this time is taken as the run's");
  const restarted = new Set(
    (seen?.target ?? []).filter(({ resets }) => resets > 0).map(({ labels }) => labels.instance ?? ''),
  );
  for (const instance of restarted) {
    notes.push(`${instance} was restarted: what it counted between its last scrape and then is not known`);
  }
  const topics =
    before.kafka && after.kafka
      ? topicCounts(before.kafka, after.kafka, hasTargetCounters(lab.config) ? (seen?.target ?? []) : [])
      : [];
  return {
    ...(ledger ? { ledger } : {}),
    ...(metrics ? { summary: metrics } : {}),
    ...(statsd ? { statsd } : {}),
    ...(seen ? { prometheus: prometheusCounts(seen.k6) } : {}),
    topics,
    notes,
  };
}

export interface RunFiles {
  readonly ledger: Ledger | undefined;
  readonly ledgerBytes: Buffer | undefined;
  readonly summary: unknown;
  readonly summaryBytes: Buffer | undefined;
  readonly warnings: readonly Warning[];
}

/** What k6 left in the run's folder; a file that cannot be used is a warning. */
export async function readRunFiles(folder: string): Promise<RunFiles> {
  const read = (file: string): Promise<Buffer | undefined> => readFile(path.join(folder, file)).catch(() => undefined);
  const [ledgerBytes, summaryBytes] = await Promise.all([read(snapshotFile.ledger), read(snapshotFile.summary)]);
  const warnings: Warning[] = [];
  const usable = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      warnings.push(asWarning(error));
      return undefined;
    }
  };
  const file = path.join(folder, snapshotFile.ledger);
  const ledger = ledgerBytes && usable(() => parseLedger(ledgerBytes.toString('utf8'), file));
  const summary = summaryBytes && usable(() => JSON.parse(summaryBytes.toString('utf8')) as unknown);
  return { ledger, ledgerBytes, summary, summaryBytes: summary === undefined ? undefined : summaryBytes, warnings };
}

/** An error that must not cost the snapshot. */
export function asWarning(error: unknown): Warning {
  if (error instanceof LabError) return { code: error.code, message: error.message, hint: error.hint };
  return { code: 'SNAPSHOT_GAP', message: error instanceof Error ? error.message : String(error) };
}
