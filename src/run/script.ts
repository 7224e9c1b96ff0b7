// From what the user typed to a script that k6 can be given: a scenario of k6/scenarios by its name, or any file.
import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { distance } from 'fastest-levenshtein';
import { exitCode, LabError } from '../errors.ts';
import { scenarioName } from './id.ts';

export interface Script {
  /** for ids and folders */
  readonly name: string;
  /** on the host, absolute, links resolved */
  readonly file: string;
  /** the folder on the host that the container sees as /scripts, read-only */
  readonly folder: string;
  /** the script as the container sees it */
  readonly inContainer: string;
  /** one of the lab's own scenarios, which read LAB_RATE, LAB_DURATION and LAB_VUS */
  readonly builtin: boolean;
}

export interface ScriptPlaces {
  /** the checkout */
  readonly project: string;
  /** where the user typed the command; relative paths start here */
  readonly cwd: string;
  /** never given to a container as a whole */
  readonly home: string;
}

/** Where the script's folder is mounted. */
export const scriptsMount = '/scripts';

const extensions = ['.ts', '.js', '.mjs', '.mts', '.cjs'];
/** Files that make a folder the root of somebody's project. */
const rootMarkers = ['package.json', '.git', 'tsconfig.json', 'jsconfig.json'];

/** Errors: SCENARIO_UNKNOWN (with the nearest names), SCRIPT_NOT_FOUND. */
export async function resolveScript(wanted: string, places: ScriptPlaces): Promise<Script> {
  const scenarios = path.join(places.project, 'k6', 'scenarios');
  const looksLikePath = /[\\/]/.test(wanted) || extensions.includes(path.extname(wanted));
  if (!looksLikePath) {
    const names = await scriptsIn(scenarios);
    const found = names.find((name) => path.parse(name).name === wanted);
    if (!found)
      throw unknownScenario(
        wanted,
        names.map((name) => path.parse(name).name),
      );
    return describe(path.join(scenarios, found), path.join(places.project, 'k6'), true);
  }
  const file = path.resolve(places.cwd, wanted);
  if (!(await isFile(file))) throw await notFound(wanted, file);
  const real = await realpath(file);
  const builtin = path.dirname(real) === scenarios;
  return describe(real, scriptRoot(real, places.home), builtin);
}

/**
 * The folder to mount: the nearest folder upwards that is the root of a project, so that imports and open() of files
 * beside and above the script work; the script's own folder where there is none. Never the home folder or the root.
 */
export function scriptRoot(file: string, home: string, exists: (file: string) => boolean = existsSync): string {
  const own = path.dirname(file);
  for (let folder = own; folder !== path.dirname(folder) && folder !== home; folder = path.dirname(folder)) {
    if (rootMarkers.some((marker) => exists(path.join(folder, marker)))) return folder;
  }
  return own;
}

function describe(file: string, folder: string, builtin: boolean): Script {
  const inContainer = path.posix.join(scriptsMount, path.relative(folder, file).split(path.sep).join('/'));
  return { name: scenarioName(path.basename(file)), file, folder, inContainer, builtin };
}

/** Text in which paths of the container are those of the host again. */
export function hostPaths(text: string, script: Pick<Script, 'folder'>): string {
  return text.replaceAll(/(?:file:\/\/|(?<![\w/.:-]))\/scripts\//g, `${script.folder}${path.sep}`);
}

async function scriptsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => extensions.includes(path.extname(name))).sort();
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

function nearest(wanted: string, names: readonly string[]): readonly string[] {
  return names
    .map((name) => ({ name, edits: distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.max(2, name.length / 3))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}

function unknownScenario(wanted: string, names: readonly string[]): LabError {
  const near = nearest(wanted, names);
  const guess = near.length ? `did you mean ${near.join(' or ')}? ` : '';
  return new LabError({
    code: 'SCENARIO_UNKNOWN',
    message: `there is no scenario "${wanted}"`,
    hint: `${guess}there are ${names.join(', ')}; a path to a .js or .ts file runs a script of your own`,
    exit: exitCode.usage,
  });
}

async function notFound(wanted: string, file: string): Promise<LabError> {
  const near = nearest(path.basename(file), await scriptsIn(path.dirname(file)));
  const place = path.dirname(file);
  return new LabError({
    code: 'SCRIPT_NOT_FOUND',
    message: `there is no script ${wanted} (looked for ${file})`,
    hint: near.length
      ? `in ${place} there is ${near.join(' and ')}`
      : 'check the path; it is relative to where you are',
    exit: exitCode.usage,
  });
}
