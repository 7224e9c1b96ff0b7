// The container that k6 runs in, as plain data: derived from the compose service `k6`, the script and the request.
import path from 'node:path';
import type { ContainerCreateOptions } from 'dockerode';
import type { ComposeFragment } from '../../compose/service.ts';
import { type Script, scriptsMount } from './script.ts';

/** What the user asked for, beside the script. */
export interface LoadRequest {
  /** iterations started per second */
  readonly rate?: number;
  /** as k6 writes durations: 90s, 1m30s */
  readonly duration?: string;
  readonly vus?: number;
  /** -e KEY=VALUE */
  readonly env: Readonly<Record<string, string>>;
}

export interface K6Input {
  /** compose project */
  readonly project: string;
  /** reference */
  readonly image: string;
  /** the image has the lab's own output, which takes tags and files by environment */
  readonly ownOutput: boolean;
  /** the compose service `k6` */
  readonly service: ComposeFragment;
  /** k6.env of the configuration */
  readonly configEnv: Readonly<Record<string, string | number | boolean>>;
  readonly maxSeries: number;
  readonly script: Script;
  readonly request: LoadRequest;
  readonly testid: string;
  readonly label: string;
  /** the run folder on the host */
  readonly runFolder: string;
  /** `uid:gid` to run as, so that the script is readable and the run folder writable; absent: the image's own */
  readonly user?: string;
  /** tags that the script sets itself; needed where testid must go through --tag, which replaces them */
  readonly scriptTags?: Readonly<Record<string, string>>;
}

/** The run folder as the container sees it; also its working directory, so that handleSummary's files land there. */
export const outMount = '/run/out';

/** The container of the run itself. */
export function runContainer(input: K6Input): ContainerCreateOptions {
  const { request, script } = input;
  return container(input, `${input.project}-k6-1`, [
    'run',
    '--quiet',
    '--out=output-statsd',
    ...(script.builtin || request.vus === undefined ? [] : [`--vus=${request.vus}`]),
    ...(script.builtin || request.duration === undefined ? [] : [`--duration=${request.duration}`]),
    ...(input.ownOutput ? [] : tagFlags({ ...input.scriptTags, ...runTags(input) })),
    ...envFlags(scriptEnv(input)),
    script.inContainer,
  ]);
}

/** The container of `k6 inspect`: options, their problems and the length of the run, before anything is measured. */
export function inspectContainer(input: K6Input): ContainerCreateOptions {
  const { request, script } = input;
  // inspect knows no --vus and --duration, and does not see the environment unless told
  const flags = script.builtin
    ? {}
    : {
        ...(request.vus === undefined ? {} : { K6_VUS: String(request.vus) }),
        ...(request.duration === undefined ? {} : { K6_DURATION: request.duration }),
      };
  return container(
    input,
    `${input.project}-k6-inspect-1`,
    [
      'inspect',
      '--execution-requirements',
      '--include-system-env-vars',
      ...envFlags(scriptEnv(input)),
      script.inContainer,
    ],
    flags,
  );
}

/** The container of `k6 version`, for images that write no ledger. */
export function versionContainer(input: K6Input): ContainerCreateOptions {
  return container(input, `${input.project}-k6-version-1`, ['version']);
}

/** The same as a `docker run` line, for people: what --dry-run prints. */
export function dockerRun(options: ContainerCreateOptions): string {
  const host = options.HostConfig ?? {};
  const words = [
    'docker run --rm',
    `--name ${options.name}`,
    ...(options.User ? [`--user ${options.User}`] : []),
    `--network ${host.NetworkMode}`,
    ...Object.entries(host.Sysctls ?? {}).map(([key, value]) => `--sysctl ${key}=${value}`),
    ...(host.NanoCpus ? [`--cpus ${host.NanoCpus / 1e9}`] : []),
    ...(host.Memory ? [`--memory ${host.Memory} --memory-swap ${host.MemorySwap}`] : []),
    ...(host.Mounts ?? []).map(
      (mount) =>
        `--mount ${quote(`type=${mount.Type},source=${mount.Source},target=${mount.Target}${mount.ReadOnly ? ',readonly' : ''}`)}`,
    ),
    `--workdir ${options.WorkingDir}`,
    ...(options.Env ?? []).map((variable) => `-e ${quote(variable)}`),
    `${options.Image} ${(options.Cmd ?? []).map(quote).join(' ')}`,
  ];
  return words.join(' \\\n  ');
}

function container(
  input: K6Input,
  name: string,
  command: readonly string[],
  extraEnv: Readonly<Record<string, string>> = {},
): ContainerCreateOptions {
  const fragment = input.service;
  const memory = Number(fragment.mem_limit) || undefined;
  return {
    name,
    Image: input.image,
    Cmd: [...command],
    Env: assignments({ ...record(fragment.environment), ...outputEnv(input), ...extraEnv }),
    WorkingDir: outMount,
    ...(input.user === undefined ? {} : { User: input.user }),
    Labels: {
      'com.docker.compose.project': input.project,
      'com.docker.compose.service': 'k6',
      'com.docker.compose.oneoff': 'True',
      'com.docker.compose.container-number': '1',
    },
    HostConfig: {
      NetworkMode: `${input.project}_lab`,
      Mounts: [
        { Type: 'bind', Source: input.script.folder, Target: scriptsMount, ReadOnly: true },
        { Type: 'bind', Source: input.runFolder, Target: outMount },
        ...namedVolumes(input),
      ],
      Sysctls: assigned(fragment.sysctls),
      ...(fragment.cpus === undefined ? {} : { NanoCpus: Math.round(Number(fragment.cpus) * 1e9) }),
      // no swap: a generator that swaps measures its own disk
      ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
      LogConfig: { Type: 'json-file', Config: { 'max-size': '20m', 'max-file': '1' } },
    },
  };
}

function runTags(input: K6Input): Readonly<Record<string, string>> {
  return { testid: input.testid, label: input.label };
}

/** Settings of the output and of k6 that the lab needs. Other outputs ignore those that are not theirs. */
function outputEnv(input: K6Input): Readonly<Record<string, string>> {
  const tags = Object.entries(runTags(input)).map(([key, value]) => `${key}:${value}`);
  return {
    K6_STATSD_ENABLE_TAGS: 'true',
    K6_NO_USAGE_REPORT: 'true',
    K6_SUMMARY_EXPORT: `${outMount}/summary.json`,
    ...(input.ownOutput
      ? {
          // not k6's --tag, which would replace the script's own options.tags
          K6_STATSD_CONST_TAGS: tags.join(','),
          K6_STATSD_LEDGER: `${outMount}/ledger.json`,
          K6_STATSD_PROGRESS: `${outMount}/progress.json`,
          K6_STATSD_MAX_SERIES: String(input.maxSeries),
        }
      : {}),
  };
}

/** What the script sees in __ENV, by k6's -e: unlike the container's environment it cannot change k6's own settings. */
function scriptEnv(input: K6Input): Readonly<Record<string, string>> {
  const { rate, duration, vus, env } = input.request;
  return {
    ...assigned(input.configEnv),
    ...(rate === undefined ? {} : { LAB_RATE: String(rate) }),
    ...(duration === undefined ? {} : { LAB_DURATION: duration }),
    ...(vus === undefined ? {} : { LAB_VUS: String(vus) }),
    ...env,
  };
}

function envFlags(env: Readonly<Record<string, string>>): readonly string[] {
  return assignments(env).flatMap((assignment) => ['-e', assignment]);
}

function tagFlags(tags: Readonly<Record<string, string>>): readonly string[] {
  return assignments(tags).map((assignment) => `--tag=${csvField(assignment)}`);
}

/** k6 reads the flag's value as a line of CSV: a comma in a tag needs quotes. */
function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The service's named volumes, `name:/target` in compose's short syntax; compose prefixes the project's name. */
function namedVolumes(input: K6Input): { Type: 'volume'; Source: string; Target: string }[] {
  const volumes = Array.isArray(input.service.volumes) ? input.service.volumes.map(String) : [];
  return volumes
    .map((volume) => volume.split(':'))
    .map(([source = '', target = '']) => ({
      Type: 'volume' as const,
      Source: `${input.project}_${source}`,
      Target: path.posix.normalize(target),
    }));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function assigned(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, v]) => [key, String(v)]));
}

function assignments(value: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(assigned(value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, v]) => `${key}=${v}`);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
