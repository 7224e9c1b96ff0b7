// Go programs: a main package of the project, or of a published module, compiled for the engine's platform.
import { access } from 'node:fs/promises';
import path from 'node:path';
import { mustRun } from '../../host.ts';
import type { Artifact } from '../descriptor.ts';
import { fingerprint, isBuildInput, listFiles } from '../files.ts';
import type { Tell } from '../steps.ts';
import type { ArtifactContext, ArtifactRecipe } from './artifact.ts';

type GoProject = Extract<Artifact, { kind: 'go-project' }>;
type GoModule = Extract<Artifact, { kind: 'go-module' }>;

/** A main package below images/<name>/, whose go.mod is the nearest one at or above the package. */
export function goProject(artifact: GoProject, context: ArtifactContext): ArtifactRecipe {
  const packageFolder = path.join(context.folder, artifact.package);
  const locate = async (): Promise<Program> => {
    const module = await moduleFolder(packageFolder, context.folder);
    return { module, package: `./${path.relative(module, packageFolder)}`, tags: artifact.tags ?? [], ldflags: '' };
  };
  return {
    title: `go build ${artifact.binary}`,
    into: 'bin',
    load: 'processors',
    key: async () => {
      const files = await listFiles(context.folder, (file) => isBuildInput(file) && !/(^|\/)Dockerfile/.test(file));
      return [artifact, context.architecture, await fingerprint(context.folder, files)];
    },
    fetch: async (_target, tell) => fetchDependencies(context, await locate(), tell),
    make: async (target, tell) => compile(context, await locate(), path.join(target, artifact.binary), tell),
  };
}

/** A main package of a published module; its own go.mod and go.sum decide every dependency. */
export function goModule(artifact: GoModule, context: ArtifactContext): ArtifactRecipe {
  const locate = async (target: string): Promise<Program> => ({
    module: await downloadModule(artifact, target, context),
    package: artifact.package,
    tags: artifact.tags ?? [],
    ldflags: artifact.ldflags ?? '',
  });
  return {
    title: `go build ${artifact.binary} ${artifact.version}`,
    into: 'bin',
    load: 'processors',
    key: async () => [artifact, context.architecture],
    fetch: async (target, tell) => fetchDependencies(context, await locate(target), tell),
    make: async (target, tell) => compile(context, await locate(target), path.join(target, artifact.binary), tell),
  };
}

/** A main package, where it lies, and how it is compiled. */
interface Program {
  readonly module: string;
  readonly package: string;
  readonly tags: readonly string[];
  readonly ldflags: string;
}

/** Folder of the module in Go's module cache (read-only); downloaded when it is not there yet. */
async function downloadModule(artifact: GoModule, workFolder: string, context: ArtifactContext): Promise<string> {
  const { go, env } = await context.goToolchain();
  const name = `${artifact.module}@${artifact.version}`;
  const output = await mustRun(
    context.host,
    go,
    ['mod', 'download', '-json', name],
    {
      code: 'GO_MODULE_UNAVAILABLE',
      message: `the Go module ${name} cannot be downloaded`,
      hint: 'check GOPROXY (`go env GOPROXY`) and the network, then run the command again',
    },
    // outside of any module, so that nobody's go.mod decides
    { cwd: workFolder, env: { ...env, ...ownFlags }, signal: context.signal },
  );
  return (JSON.parse(output) as { readonly Dir: string }).Dir;
}

/** The user's own go.work and GOFLAGS are for the user's own programs. */
const ownFlags = { GOWORK: 'off', GOFLAGS: '' };

/** Downloads what the program imports, and no more: listing the packages makes Go fetch their modules. */
async function fetchDependencies(context: ArtifactContext, program: Program, tell: Tell): Promise<void> {
  await runGo(context, program, ['list', '-C', program.module, '-deps', ...selection(program), program.package], tell);
}

async function compile(context: ArtifactContext, program: Program, output: string, tell: Tell): Promise<void> {
  // without symbol table and debug information: two thirds of the size
  const ldflags = `-ldflags=-s -w ${program.ldflags}`.trim();
  const flags = [...selection(program), '-trimpath', '-buildvcs=false', ldflags, '-o', output];
  await runGo(context, program, ['build', '-C', program.module, ...flags, program.package], tell);
}

function selection(program: Program): readonly string[] {
  return ['-mod=readonly', ...(program.tags.length > 0 ? [`-tags=${program.tags.join(',')}`] : [])];
}

async function runGo(context: ArtifactContext, program: Program, args: readonly string[], tell: Tell): Promise<void> {
  const { go, env } = await context.goToolchain();
  const platform = { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: context.architecture };
  await mustRun(
    context.host,
    go,
    args,
    {
      code: 'GO_BUILD_FAILED',
      message: `${program.package} in ${program.module} does not build`,
      hint: 'Go says why above; if it is the network, check GOPROXY (`go env GOPROXY`) and run the command again',
    },
    { env: { ...env, ...ownFlags, ...platform }, signal: context.signal, onLine: tell },
  );
}

async function moduleFolder(packageFolder: string, imageFolder: string): Promise<string> {
  for (let folder = packageFolder; ; folder = path.dirname(folder)) {
    const found = await access(path.join(folder, 'go.mod')).then(
      () => true,
      () => false,
    );
    if (found || folder === imageFolder || folder === path.dirname(folder)) return folder;
  }
}
