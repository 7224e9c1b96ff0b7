// target/ is a package of its own, and these tests run its code with the project's copies of its dependencies.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

async function manifest(path: string) {
  const text = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  return JSON.parse(text) as Readonly<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;
}

it('both packages name the same versions of what they share', async () => {
  const target = await manifest('target/package.json');
  const project = await manifest('package.json');
  const ours = { ...project.dependencies, ...project.devDependencies };
  const theirs = { ...target.dependencies, ...target.devDependencies };
  const shared = Object.keys(theirs).filter((name) => name in ours);
  expect(shared).toEqual(expect.arrayContaining(['fastify', 'prom-client', 'zod']));
  expect(Object.fromEntries(shared.map((name) => [name, theirs[name]]))).toEqual(
    Object.fromEntries(shared.map((name) => [name, ours[name]])),
  );
});

it('versions are exact', async () => {
  const { dependencies, devDependencies } = await manifest('target/package.json');
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
