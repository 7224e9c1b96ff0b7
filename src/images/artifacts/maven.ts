// Java libraries by the machine's own Maven, with its settings: mirrors, credentials, local repository.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LabError } from '../../errors.ts';
import { mustRun } from '../../host.ts';
import type { Artifact } from '../descriptor.ts';
import type { ArtifactContext, ArtifactRecipe } from './artifact.ts';

type Maven = Extract<Artifact, { kind: 'maven' }>;

/** Jars of the coordinates (group:artifact:version), with their runtime dependencies where asked for. */
export function maven(artifact: Maven, context: ArtifactContext): ArtifactRecipe {
  return {
    title: `maven ${artifact.coordinates.map((coordinate) => coordinate.split(':')[1]).join(' ')}`,
    into: artifact.into,
    key: async () => [artifact.kind, artifact.coordinates, artifact.transitive],
    load: 'network',
    make: async (target, tell) => {
      const { host, signal } = context;
      if ((await host.run('mvn', ['--version'], { signal })).exitCode !== 0) throw mavenMissing(artifact);
      const work = path.join(target, '.maven');
      await mkdir(work);
      await writeFile(path.join(work, 'pom.xml'), pom(artifact.coordinates));
      await mustRun(
        host,
        'mvn',
        [
          '--batch-mode',
          '--no-transfer-progress',
          '--file',
          path.join(work, 'pom.xml'),
          'dependency:copy-dependencies',
          `-DoutputDirectory=${target}`,
          '-DincludeScope=runtime',
          `-DexcludeTransitive=${!artifact.transitive}`,
        ],
        {
          code: 'MAVEN_FAILED',
          message: `Maven cannot fetch ${artifact.coordinates.join(', ')}`,
          hint: 'check the network and the mirrors in ~/.m2/settings.xml, then run the command again',
        },
        { cwd: work, signal, onLine: tell },
      );
      await rm(work, { recursive: true });
    },
  };
}

/** A project that depends on the coordinates and does nothing else. */
export function pom(coordinates: readonly string[]): string {
  const dependencies = coordinates.map((coordinate) => {
    const [group = '', artifact = '', version = ''] = coordinate.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>\n`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kafka-load-lab</groupId>
  <artifactId>download</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies.join('')}  </dependencies>
</project>
`;
}

function mavenMissing(artifact: Maven): LabError {
  return new LabError({
    code: 'MAVEN_MISSING',
    message: `${artifact.coordinates[0]} is fetched with Maven, and this machine has no \`mvn\``,
    hint: 'install it (Debian, Ubuntu: `apt-get install maven`; macOS: `brew install maven`)',
  });
}
