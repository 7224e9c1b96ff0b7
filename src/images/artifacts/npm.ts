// Node packages by the machine's own npm: a package's production dependencies, and the Node binary itself.
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as tar from 'tar';
import { mustRun } from '../../host.ts';
import type { Artifact } from '../descriptor.ts';
import type { ArtifactContext, ArtifactRecipe } from './artifact.ts';

type Npm = Extract<Artifact, { kind: 'npm' }>;
type NodeBinary = Extract<Artifact, { kind: 'node-binary' }>;

/** npm's names for the architectures that Go calls amd64 and arm64. */
const npmArchitecture: Readonly<Record<string, string>> = { amd64: 'x64', arm64: 'arm64' };

const hint = 'check the network and `npm config get registry`, then run the command again';

/** node_modules of a project folder: what its lock file says, without development dependencies. */
export function npm(artifact: Npm, context: ArtifactContext): ArtifactRecipe {
  const folder = path.join(context.paths.project, artifact.folder);
  const manifests = ['package.json', 'package-lock.json'];
  return {
    title: `npm ci ${artifact.folder}`,
    into: artifact.into,
    key: async () => [
      artifact.kind,
      context.architecture,
      await Promise.all(manifests.map((name) => readFile(path.join(folder, name), 'utf8'))),
    ],
    load: 'network',
    make: async (target, tell) => {
      for (const name of manifests) await copyFile(path.join(folder, name), path.join(target, name));
      await mustRun(
        context.host,
        'npm',
        [
          'ci',
          // --prefix: an npm that runs inside `npm run` would otherwise take the outer project for its own
          `--prefix=${target}`,
          '--omit=dev',
          // install scripts would run for this machine, and the files are for the image
          '--ignore-scripts',
          '--os=linux',
          '--libc=glibc',
          `--cpu=${cpu(context)}`,
          '--no-audit',
          '--no-fund',
        ],
        { code: 'NPM_FAILED', message: `npm cannot install the dependencies of ${artifact.folder}`, hint },
        { cwd: target, signal: context.signal, onLine: tell },
      );
      for (const name of manifests) await rm(path.join(target, name));
    },
  };
}

/** The `node` program that the npm package `node` would install on the engine's platform. */
export function nodeBinary(artifact: NodeBinary, context: ArtifactContext): ArtifactRecipe {
  const name = `node-linux-${cpu(context)}`;
  return {
    title: `${name} ${artifact.version}`,
    into: artifact.into,
    key: async () => [artifact.kind, name, artifact.version],
    load: 'network',
    make: async (target, tell) => {
      const work = path.join(target, '.npm');
      await mkdir(work);
      const output = await mustRun(
        context.host,
        'npm',
        ['pack', '--json', `--pack-destination=${work}`, `${name}@${artifact.version}`],
        { code: 'NPM_FAILED', message: `npm cannot download ${name}@${artifact.version}`, hint },
        { cwd: work, signal: context.signal, onLine: tell },
      );
      await tar.x({ file: path.join(work, packedFile(output)), cwd: work }, ['package/bin/node']);
      await rename(path.join(work, 'package/bin/node'), path.join(target, 'node'));
      await rm(work, { recursive: true });
    },
  };
}

/** File name in the output of `npm pack --json`. */
function packedFile(output: string): string {
  const [packed] = JSON.parse(output) as readonly { readonly filename: string }[];
  return packed?.filename ?? '';
}

function cpu(context: ArtifactContext): string {
  return npmArchitecture[context.architecture] ?? context.architecture;
}
