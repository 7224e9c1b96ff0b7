// The Prometheus client against a local server that answers as Prometheus does.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LabError } from '../../src/errors.ts';
import { maxPointsPerQuery, prometheusClient, splitRange } from '../../src/prometheus/client.ts';

interface Received {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function prometheusThatAnswers(
  answer: (request: Received) => { readonly status?: number; readonly body: unknown },
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const call = { path: request.url ?? '', form: Object.fromEntries(new URLSearchParams(body)) };
      received.push(call);
      const { status = 200, body: content } = answer(call);
      response.statusCode = status;
      response.end(typeof content === 'string' ? content : JSON.stringify(content));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received };
}

const success = (data: unknown) => ({ body: { status: 'success', data } });

describe('instant queries', () => {
  it('give samples with milliseconds and numbers, infinities and NaN included', async () => {
    const { url, received } = await prometheusThatAnswers(() =>
      success({
        resultType: 'vector',
        result: [
          { metric: { name: 'POST /orders' }, value: [1700000000.123, '12.5'] },
          { metric: {}, value: [1700000000, '+Inf'] },
          { metric: {}, value: [1700000000, 'NaN'] },
        ],
      }),
    );
    expect(await prometheusClient(url).query('up', { timeMs: 1_700_000_000_123 })).toEqual([
      { labels: { name: 'POST /orders' }, value: 12.5, timeMs: 1_700_000_000_123 },
      { labels: {}, value: Number.POSITIVE_INFINITY, timeMs: 1_700_000_000_000 },
      { labels: {}, value: Number.NaN, timeMs: 1_700_000_000_000 },
    ]);
    expect(received).toEqual([{ path: '/api/v1/query', form: { query: 'up', time: '1700000000.123' } }]);
  });

  it('read a scalar as one sample without labels', async () => {
    const { url } = await prometheusThatAnswers(() => success({ resultType: 'scalar', result: [5, '3'] }));
    expect(await prometheusClient(url).query('scalar(x)')).toEqual([{ labels: {}, value: 3, timeMs: 5000 }]);
  });

  it('refuse a range vector where a vector is wanted', async () => {
    const { url } = await prometheusThatAnswers(() => success({ resultType: 'matrix', result: [] }));
    await expect(prometheusClient(url).query('up[5m]')).rejects.toMatchObject({ code: 'PROMETHEUS_QUERY_FAILED' });
  });
});

describe('range queries', () => {
  it('are split so that no part has more points than Prometheus gives', () => {
    const hour = 3_600_000;
    const parts = splitRange({ startMs: 0, endMs: 24 * hour, stepMs: 5000 });
    expect(parts).toEqual([
      { startMs: 0, endMs: 54_995_000 },
      { startMs: 55_000_000, endMs: 24 * hour },
    ]);
    for (const part of parts) expect((part.endMs - part.startMs) / 5000 + 1).toBeLessThanOrEqual(maxPointsPerQuery);
  });

  it('come back joined per series, whatever the order of the labels', async () => {
    const { url, received } = await prometheusThatAnswers(({ form }) =>
      success({
        resultType: 'matrix',
        result: [
          form.start === '0.000'
            ? { metric: { a: '1', b: '2' }, values: [[0, '1']] }
            : { metric: { b: '2', a: '1' }, values: [[11_000, '2']] },
        ],
      }),
    );
    const series = await prometheusClient(url).queryRange('x', { startMs: 0, endMs: 12_000_000, stepMs: 1000 });
    expect(received.map(({ form }) => [form.start, form.end, form.step])).toEqual([
      ['0.000', '10999.000', '1'],
      ['11000.000', '12000.000', '1'],
    ]);
    expect(series).toEqual([
      {
        labels: { a: '1', b: '2' },
        points: [
          [0, 1],
          [11_000_000, 2],
        ],
      },
    ]);
  });

  it('refuse an end before the start', () => {
    expect(() => splitRange({ startMs: 2, endMs: 1, stepMs: 1 })).toThrow(RangeError);
  });
});

describe('targets', () => {
  it('tell never-scraped from scraped', async () => {
    const target = { labels: { job: 'jmx', instance: 'jmx-exporter-1:5556' }, scrapeUrl: 'http://x/metrics' };
    const { url } = await prometheusThatAnswers(() =>
      success({
        activeTargets: [
          { ...target, health: 'up', lastError: '', lastScrape: '2026-01-02T03:04:05.678901234Z' },
          { ...target, health: 'unknown', lastError: '', lastScrape: '0001-01-01T00:00:00Z' },
        ],
      }),
    );
    const targets = await prometheusClient(url).targets();
    expect(targets.map(({ health, lastScrapeMs }) => [health, lastScrapeMs])).toEqual([
      ['up', Date.parse('2026-01-02T03:04:05.678Z')],
      ['unknown', undefined],
    ]);
  });
});

describe('faults', () => {
  it('a refused query carries the query and the reason', async () => {
    const { url } = await prometheusThatAnswers(() => ({
      status: 400,
      body: { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected )' },
    }));
    const fault = await prometheusClient(url)
      .query('sum(')
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(LabError);
    expect(fault).toMatchObject({
      code: 'PROMETHEUS_QUERY_FAILED',
      detail: 'sum(',
      message: 'Prometheus refused a query (bad_data: parse error: unexpected ))',
    });
  });

  it('nobody listening is PROMETHEUS_UNREACHABLE with the reason', async () => {
    const { url } = await prometheusThatAnswers(() => success({}));
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    await expect(prometheusClient(url).query('up')).rejects.toMatchObject({
      code: 'PROMETHEUS_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    ['a page of something else', { body: '<html>It works!</html>' }],
    ['an empty answer', { status: 502, body: '' }],
    ['another shape', { body: { status: 'success', data: { resultType: 'vector', result: [{ metric: 1 }] } } }],
  ])('%s is PROMETHEUS_UNREACHABLE', async (_, answer) => {
    const { url } = await prometheusThatAnswers(() => answer);
    await expect(prometheusClient(url).query('up')).rejects.toMatchObject({ code: 'PROMETHEUS_UNREACHABLE' });
  });

  it('an abort by the caller stays an abort', async () => {
    const { url } = await prometheusThatAnswers(() => success({}));
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(prometheusClient(url).query('up', { signal })).rejects.toThrow('Ctrl-C');
  });
});
