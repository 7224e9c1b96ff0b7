// The snapshot format, version 1: which files a snapshot has and what is in them. docs/snapshots.md describes it for users.
import { z } from 'zod';
import type { reconciliationSchema } from './reconcile.ts';

/** Version of the format. Any change of what is below is a new version. */
export const snapshotSchemaVersion = 1;
export const snapshotKind = 'kafka-load-lab-snapshot';

/** Files of a snapshot folder. Only the first two are always there. */
export const snapshotFile = {
  manifest: 'manifest.json',
  aggregates: 'aggregates.json',
  reconciliation: 'reconciliation.json',
  /** the run ledger, as k6's output wrote it */
  ledger: 'ledger.json',
  /** k6's own summary, as k6 wrote it */
  summary: 'summary.json',
  /** one file of Prometheus series per metric of the catalogue: series/<id>.json.gz */
  series: 'series',
} as const;

const labels = z.record(z.string(), z.string());
/** milliseconds since the epoch */
const instant = z.number().int();

const warning = z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() });

const runSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('run'),
    scenario: z.strictObject({ name: z.string(), file: z.string(), options: z.unknown() }),
    k6: z.strictObject({
      exitCode: z.number().nullable(),
      verdict: z.string(),
      version: z.string(),
      image: z.string(),
    }),
  }),
  /** a window of a running lab, without a run of the lab's own */
  z.strictObject({ kind: z.literal('window') }),
]);

export const manifestSchema = z.strictObject({
  kind: z.literal(snapshotKind),
  schema: z.literal(snapshotSchemaVersion),
  /** the run's id, which is the tag testid; for a window an id of the same form */
  id: z.string(),
  label: z.string(),
  takenMs: instant,
  /** version of the lab that wrote it */
  lab: z.string(),
  run: runSchema,
  startedMs: instant,
  /** end of the load */
  endedMs: instant,
  /** the drain was over and a later scrape in */
  settledMs: instant,
  phases: z.array(z.strictObject({ name: z.string(), startMs: instant, endMs: instant })),
  /** the whole configuration, defaults filled in, and the SHA-256 of its canonical JSON */
  config: z.unknown(),
  configHash: z.string(),
  /** the project's checkout; null outside of git */
  git: z.strictObject({ commit: z.string(), dirty: z.boolean() }).nullable(),
  images: z.array(
    z.strictObject({
      name: z.string(),
      reference: z.string(),
      id: z.string(),
      source: z.enum(['pulled', 'built', 'override']),
    }),
  ),
  /** services that the configuration asks for and this machine could not have */
  missing: z.array(z.strictObject({ service: z.string(), why: z.string() })),
  engine: z.strictObject({
    version: z.string(),
    apiVersion: z.string(),
    composeVersion: z.string(),
    own: z.boolean(),
    cpus: z.number(),
    memoryBytes: z.number(),
    kernel: z.string(),
    architecture: z.string(),
  }),
  machine: z.strictObject({
    cpuModel: z.string(),
    cpus: z.number(),
    memoryBytes: z.number(),
    kernel: z.string(),
    platform: z.string(),
  }),
  prometheus: z.string(),
  /** reasons not to rely on the figures; empty when there are none */
  trust: z.array(z.strictObject({ code: z.string(), level: z.enum(['error', 'warning']), message: z.string() })),
  warnings: z.array(warning),
  /** every other file, to tell a damaged snapshot from a whole one */
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number().int(), sha256: z.string() })),
});

export const aggregatesSchema = z.strictObject({
  schema: z.literal(snapshotSchemaVersion),
  metrics: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      unit: z.string(),
      better: z.enum(['lower', 'higher', 'neither']),
      compare: z.enum(['ratio', 'difference']),
      gate: z.boolean(),
      source: z.string(),
      by: z.array(z.string()),
      /** ledger: exact; prometheus: from scraped samples; none: nobody had it, and `why` says the reason */
      origin: z.enum(['ledger', 'prometheus', 'none']),
      why: z.string().optional(),
      /** one per label set; null where the figure is not a number (0/0) */
      values: z.array(z.strictObject({ labels, value: z.number().nullable() })),
    }),
  ),
});

export const seriesFileSchema = z.strictObject({
  schema: z.literal(snapshotSchemaVersion),
  metric: z.string(),
  startMs: instant,
  stepMs: z.number().positive(),
  points: z.number().int(),
  /** series beyond the limit, left out */
  leftOut: z.number().int(),
  /** `values` has one entry per point; null where there was no sample */
  series: z.array(z.strictObject({ labels, values: z.array(z.number().nullable()) })),
});

export type Manifest = Readonly<z.output<typeof manifestSchema>>;
export type TrustMark = Manifest['trust'][number];
export type Aggregates = Readonly<z.output<typeof aggregatesSchema>>;
export type AggregatedMetric = Aggregates['metrics'][number];
export type SeriesFile = Readonly<z.output<typeof seriesFileSchema>>;

/** What a snapshot says of a run; ledger and series are read apart, since they are large. */
export interface Snapshot {
  readonly manifest: Manifest;
  readonly aggregates: Aggregates;
  /** absent for a window without a run */
  readonly reconciliation: z.output<typeof reconciliationSchema> | undefined;
}
