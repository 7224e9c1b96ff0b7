// The Go programs below images/ pass their own tests, which need the Go toolchain that also builds them.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { goToolchain } from '../../src/engine/go.ts';
import { realHost } from '../../src/host.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';

const images = path.join(projectRoot, 'images');
const programs = readdirSync(images).filter((name) => existsSync(path.join(images, name, 'go.mod')));

it.each(programs)('images/%s', async (name) => {
  const host = realHost();
  const { go, env } = await goToolchain({ host, paths: labPaths(projectRoot, process.env) });
  const cwd = path.join(images, name);
  for (const verb of ['vet', 'test']) {
    const { exitCode, stdout, stderr } = await host.run(go, [verb, './...'], { cwd, env: { ...env, GOWORK: 'off' } });
    expect({ verb, exitCode, output: exitCode === 0 ? '' : `${stdout}\n${stderr}` }).toEqual({
      verb,
      exitCode: 0,
      output: '',
    });
  }
});
