// The live line of a run: what it says, as text. Where its figures come from is live.ts.
import { z } from 'zod';
import type { ExpositionSample } from '../prometheus/exposition.ts';

/** progress.json, which the lab's output rewrites every second. */
export const progressSchema = z.object({
  elapsedMs: z.number(),
  iterations: z.number(),
  requests: z.number(),
  failedRequests: z.number(),
  checksFailed: z.number(),
  vus: z.number(),
  dropped: z.number(),
  /** of http_req_duration over the last seconds */
  p95Ms: z.number().nullable(),
  series: z.number(),
  lostSamples: z.number(),
});
export type Progress = z.output<typeof progressSchema>;

export interface LiveFigures {
  readonly scenario: string;
  readonly elapsedMs: number;
  readonly totalMs: number;
  /** absent until k6 has written the first, and for images whose output writes none */
  readonly progress?: Progress;
  /** iterations per second of late */
  readonly iterationRate?: number;
  /** messages that consumer groups are behind; absent where unknown */
  readonly lag?: number;
}

const narrowest = 40;

/** One line of at most `columns` characters: a bar where there is room for one. */
export function progressLine(figures: LiveFigures, columns: number): string {
  const { progress, iterationRate, lag } = figures;
  const head = `${figures.scenario}  ${clock(figures.elapsedMs)}/${clock(figures.totalMs)}`;
  const parts = [
    ...(iterationRate === undefined ? [] : [`${rounded(iterationRate)} it/s`]),
    ...(progress ? [`p95 ${latency(progress.p95Ms)}`, `errors ${progress.failedRequests}`] : ['waiting for k6']),
    ...(lag === undefined ? [] : [`lag ${lag}`]),
    ...(progress && progress.dropped > 0 ? [`dropped ${progress.dropped}`] : []),
    ...(progress && progress.lostSamples > 0 ? [`lost ${progress.lostSamples}`] : []),
  ].join('  ');
  const width = Math.max(narrowest, columns) - 1;
  const room = width - head.length - parts.length - 4;
  const share = figures.totalMs > 0 ? Math.min(1, figures.elapsedMs / figures.totalMs) : 0;
  const line = room >= 8 ? `${head}  ${bar(share, Math.min(room, 30))}  ${parts}` : `${head}  ${parts}`;
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

/** Messages that consumer groups are behind, summed over groups, topics and partitions of kafka-exporter's answer. */
export function totalLag(samples: readonly ExpositionSample[]): number {
  return samples
    .filter((sample) => sample.name === 'kafka_consumergroup_lag')
    .reduce((sum, sample) => sum + Math.max(0, sample.value), 0);
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

function latency(ms: number | null): string {
  if (ms === null) return '-';
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function rounded(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}
