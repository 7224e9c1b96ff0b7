// The quick look before a run: does everything that will measure it answer? Two seconds at most.
import { LabError, type Warning } from '../errors.ts';
import type { RunningLab } from '../lab/lab.ts';
import { prometheusClient } from '../prometheus/client.ts';
import { countingJobs } from '../snapshot/drain.ts';

const deadlineMs = 2_000;

/**
 * Checks the way of the samples: statsd-exporter, Prometheus, its targets, the gateway.
 * Error: LAB_NOT_READY, naming everything that does not answer. Targets that the run can do without are warnings.
 */
export async function quickCheck(lab: RunningLab, fetchFn: typeof fetch): Promise<readonly Warning[]> {
  const { statsdExporter, prometheus, gateway } = lab.addresses;
  const signal = AbortSignal.timeout(deadlineMs);
  const [targets, ...answers] = await Promise.all([
    downTargets(prometheus, (input, init) => fetchFn(input, { ...init, signal })),
    answer('statsd-exporter', statsdExporter, fetchFn, signal),
    ...(gateway ? [answer('gateway', `${gateway.replace(/\/(healthz)?$/, '')}/healthz`, fetchFn, signal)] : []),
  ]);
  const missing = targets.filter(({ job }) => countingJobs.includes(job) || job === '');
  const failed = [...answers.filter((reason) => reason !== undefined), ...missing.map(({ reason }) => reason)];
  if (failed.length > 0) {
    throw new LabError({
      code: 'LAB_NOT_READY',
      message: `the lab is up, but cannot measure a run: ${failed.join('; ')}`,
      hint: '`npm run lab:status` shows every service; `npm run lab:up` starts what has stopped',
    });
  }
  return targets.map(({ reason }) => ({
    code: 'TARGET_DOWN',
    message: `${reason}: what it measures will be missing from the snapshot`,
  }));
}

async function answer(
  what: string,
  url: string,
  fetchFn: typeof fetch,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const response = await fetchFn(url, { signal });
    await response.text();
    return response.ok ? undefined : `${what} answers ${response.status} at ${url}`;
  } catch (error) {
    return `${what} does not answer at ${url} (${cause(error)})`;
  }
}

/** Targets that are not up; one without a job when Prometheus itself does not answer. */
async function downTargets(url: string, fetchFn: typeof fetch): Promise<{ job: string; reason: string }[]> {
  try {
    const targets = await prometheusClient(url, fetchFn).targets();
    return targets
      .filter(({ health }) => health !== 'up')
      .map(({ job, instance, health, lastError }) => ({
        job,
        reason: `scrape target ${instance} is ${health}${lastError ? ` (${lastError})` : ''}`,
      }));
  } catch (error) {
    return [{ job: '', reason: `prometheus does not answer at ${url} (${cause(error)})` }];
  }
}

function cause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
