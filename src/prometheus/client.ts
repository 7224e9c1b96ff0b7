// A client for Prometheus' HTTP API: queries with typed results and faults that name the query.
import { z } from 'zod';
import { LabError } from '../errors.ts';

export type Labels = Readonly<Record<string, string>>;

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** when the value was true, milliseconds since the epoch */
  readonly timeMs: number;
}

/** One element of a range vector: points in the order of time. */
export interface Series {
  readonly labels: Labels;
  readonly points: readonly Point[];
}
export type Point = readonly [timeMs: number, value: number];

export interface ScrapeTarget {
  readonly job: string;
  readonly instance: string;
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  /** empty when the last scrape went well */
  readonly lastError: string;
  /** start of the last scrape; undefined before the first */
  readonly lastScrapeMs: number | undefined;
}

export interface RangeOptions {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly signal?: AbortSignal;
}

export interface InstantOptions {
  /** default: the server's now */
  readonly timeMs?: number;
  readonly signal?: AbortSignal;
}

export interface PrometheusClient {
  readonly url: string;
  /** An instant query that gives a vector or a scalar. */
  readonly query: (promql: string, options?: InstantOptions) => Promise<readonly Sample[]>;
  /** Raw samples as they were scraped: `promql` is a range selector such as `up[5m]`. */
  readonly queryRaw: (promql: string, options?: InstantOptions) => Promise<readonly Series[]>;
  /** A range query; split where it would exceed the server's 11,000 points per series. */
  readonly queryRange: (promql: string, options: RangeOptions) => Promise<readonly Series[]>;
  readonly targets: (signal?: AbortSignal) => Promise<readonly ScrapeTarget[]>;
  /** The server's version, e.g. 2.42.0. */
  readonly version: (signal?: AbortSignal) => Promise<string>;
}

/** What query_range accepts per series; more is refused by the server. */
export const maxPointsPerQuery = 11_000;
const requestTimeoutMs = 60_000;

const labelsSchema = z.record(z.string(), z.string());
const pairSchema = z.tuple([z.number(), z.string()]);
const vectorSchema = z.array(z.object({ metric: labelsSchema, value: pairSchema }));
const matrixSchema = z.array(z.object({ metric: labelsSchema, values: z.array(pairSchema) }));
const resultSchema = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('vector'), result: vectorSchema }),
  z.object({ resultType: z.literal('matrix'), result: matrixSchema }),
  z.object({ resultType: z.literal('scalar'), result: pairSchema }),
]);
const targetsSchema = z.object({
  activeTargets: z.array(
    z.object({
      labels: labelsSchema,
      scrapeUrl: z.string(),
      health: z.enum(['up', 'down', 'unknown']),
      lastError: z.string(),
      lastScrape: z.string(),
    }),
  ),
});
const envelopeSchema = z.object({
  status: z.enum(['success', 'error']),
  data: z.unknown().optional(),
  errorType: z.string().optional(),
  error: z.string().optional(),
});

/**
 * Talks to the Prometheus at `url`. Faults: PROMETHEUS_UNREACHABLE (no answer, or one that is not Prometheus'),
 * PROMETHEUS_QUERY_FAILED (refused; the message holds the query).
 */
export function prometheusClient(url: string, fetchFn: typeof fetch = fetch): PrometheusClient {
  const base = url.replace(/\/+$/, '');
  const call = <T>(path: string, schema: z.ZodType<T>, options: CallOptions): Promise<T> =>
    request(base, fetchFn, path, schema, options);

  const query = async (promql: string, { timeMs, signal }: InstantOptions = {}): Promise<readonly Sample[]> => {
    const form = { query: promql, ...(timeMs === undefined ? {} : { time: seconds(timeMs) }) };
    const data = await call('/api/v1/query', resultSchema, { form, signal });
    if (data.resultType === 'matrix') throw wrongKind(promql, data.resultType, 'a vector');
    if (data.resultType === 'scalar') return [sample({}, data.result)];
    return data.result.map((element) => sample(element.metric, element.value));
  };

  const queryRaw = async (promql: string, { timeMs, signal }: InstantOptions = {}): Promise<readonly Series[]> => {
    const form = { query: promql, ...(timeMs === undefined ? {} : { time: seconds(timeMs) }) };
    const data = await call('/api/v1/query', resultSchema, { form, signal });
    if (data.resultType !== 'matrix') throw wrongKind(promql, data.resultType, 'a range vector');
    return data.result.map(series);
  };

  const queryRange = async (promql: string, range: RangeOptions): Promise<readonly Series[]> => {
    const parts: (readonly Series[])[] = [];
    for (const { startMs, endMs } of splitRange(range)) {
      const form = { query: promql, start: seconds(startMs), end: seconds(endMs), step: String(range.stepMs / 1000) };
      const data = await call('/api/v1/query_range', resultSchema, { form, signal: range.signal });
      if (data.resultType !== 'matrix') throw wrongKind(promql, data.resultType, 'a range vector');
      parts.push(data.result.map(series));
    }
    return parts.length === 1 ? (parts[0] ?? []) : joinParts(parts);
  };

  const targets = async (signal?: AbortSignal): Promise<readonly ScrapeTarget[]> => {
    const data = await call('/api/v1/targets?state=active', targetsSchema, { signal });
    return data.activeTargets.map(({ labels, scrapeUrl, health, lastError, lastScrape }) => {
      const lastScrapeMs = Date.parse(lastScrape);
      return {
        job: labels.job ?? '',
        instance: labels.instance ?? '',
        scrapeUrl,
        health,
        lastError,
        // Go's zero time stands for "never"
        lastScrapeMs: lastScrapeMs > 0 ? lastScrapeMs : undefined,
      };
    });
  };

  const version = async (signal?: AbortSignal): Promise<string> =>
    (await call('/api/v1/status/buildinfo', z.object({ version: z.string() }), { signal })).version;

  return { url: base, query, queryRaw, queryRange, targets, version };
}

/** Cuts a range into queries of at most `maxPointsPerQuery` points, without overlap. */
export function splitRange(range: RangeOptions): readonly { readonly startMs: number; readonly endMs: number }[] {
  const { startMs, endMs, stepMs } = range;
  if (!(stepMs > 0) || endMs < startMs) {
    throw new RangeError(`not a range: ${startMs}..${endMs} by ${stepMs} ms`);
  }
  const parts: { startMs: number; endMs: number }[] = [];
  for (let from = startMs; from <= endMs; from += maxPointsPerQuery * stepMs) {
    parts.push({ startMs: from, endMs: Math.min(endMs, from + (maxPointsPerQuery - 1) * stepMs) });
  }
  return parts;
}

/** An identity for a set of labels, independent of their order. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface CallOptions {
  readonly form?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

async function request<T>(
  base: string,
  fetchFn: typeof fetch,
  path: string,
  schema: z.ZodType<T>,
  { form, signal }: CallOptions,
): Promise<T> {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const init: RequestInit = {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    // POST: a query may be longer than a URL can be
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  };
  let status: number;
  let text: string;
  try {
    const response = await fetchFn(`${base}${path}`, init);
    status = response.status;
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(base, describeCause(cause), cause);
  }
  const envelope = envelopeSchema.safeParse(parseJson(text));
  if (!envelope.success) throw unreachable(base, `HTTP ${status}: ${text.slice(0, 200).trim() || 'empty answer'}`);
  if (envelope.data.status === 'error') {
    throw queryFailed(form?.query ?? path, `${envelope.data.errorType ?? status}: ${envelope.data.error ?? ''}`);
  }
  const data = schema.safeParse(envelope.data.data);
  if (!data.success) throw unreachable(base, `${path} answered in an unknown shape: ${z.prettifyError(data.error)}`);
  return data.data;
}

function unreachable(base: string, why: string, cause?: unknown): LabError {
  return new LabError({
    code: 'PROMETHEUS_UNREACHABLE',
    message: `Prometheus at ${base} gives no usable answer (${why})`,
    hint: 'npm run lab:status shows whether the lab is up; npm run lab:up starts it',
    cause,
  });
}

function queryFailed(query: string, why: string): LabError {
  return new LabError({
    code: 'PROMETHEUS_QUERY_FAILED',
    message: `Prometheus refused a query (${why.trim()})`,
    hint: 'a query of the catalogue is in prometheus/; try it in the web page of Prometheus',
    detail: query,
  });
}

function wrongKind(query: string, got: string, wanted: string): LabError {
  return queryFailed(query, `it gives a ${got}, not ${wanted}`);
}

function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // fetch hides the reason (ECONNREFUSED …) one level down
  return cause.cause instanceof Error ? cause.cause.message || String(cause.cause) : cause.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Prometheus takes seconds; three decimals keep milliseconds without floating-point noise. */
function seconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(3);
}

function sample(labels: Labels, [time, value]: readonly [number, string]): Sample {
  return { labels, value: parseValue(value), timeMs: Math.round(time * 1000) };
}

function series(element: z.output<typeof matrixSchema>[number]): Series {
  return {
    labels: element.metric,
    points: element.values.map(([time, value]): Point => [Math.round(time * 1000), parseValue(value)]),
  };
}

/** Prometheus writes infinities as +Inf and -Inf. */
export function parseValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}

function joinParts(parts: readonly (readonly Series[])[]): readonly Series[] {
  const joined = new Map<string, { labels: Labels; points: Point[] }>();
  for (const part of parts) {
    for (const { labels, points } of part) {
      const key = labelsKey(labels);
      const known = joined.get(key);
      if (known) for (const point of points) known.points.push(point);
      else joined.set(key, { labels, points: [...points] });
    }
  }
  return [...joined.values()];
}
