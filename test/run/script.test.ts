import { mkdtemp, realpath, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostPaths, resolveScript, scriptRoot } from '../../src/run/script.ts';
import { files } from './fixture.ts';

let folder = '';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'script-')));
  await files(folder, {
    'lab/k6/scenarios/smoke.ts': '',
    'lab/k6/scenarios/orders.ts': '',
    'lab/k6/scenarios/README.md': '',
    'mine/package.json': '{}',
    'mine/load/checkout.js': '',
    'mine/load/search.ts': '',
    'loose/a.js': '',
  });
});

const places = () => ({ project: path.join(folder, 'lab'), cwd: path.join(folder, 'mine'), home: os.homedir() });

describe('a scenario by its name', () => {
  it('is found in k6/scenarios, whose library is mounted with it', async () => {
    expect(await resolveScript('smoke', places())).toEqual({
      name: 'smoke',
      file: path.join(folder, 'lab/k6/scenarios/smoke.ts'),
      folder: path.join(folder, 'lab/k6'),
      inContainer: '/scripts/scenarios/smoke.ts',
      builtin: true,
    });
  });

  it('that does not exist gives the nearest, and all there are', async () => {
    await expect(resolveScript('smok', places())).rejects.toMatchObject({
      code: 'SCENARIO_UNKNOWN',
      message: 'there is no scenario "smok"',
      hint: 'did you mean smoke? there are orders, smoke; a path to a .js or .ts file runs a script of your own',
      exit: 2,
    });
    await expect(resolveScript('zzzzzz', places())).rejects.toMatchObject({
      hint: expect.stringMatching(/^there are orders, smoke/),
    });
  });
});

describe("a script of the user's own", () => {
  it('is relative to where the user is; the root of its project is mounted', async () => {
    expect(await resolveScript('load/checkout.js', places())).toEqual({
      name: 'checkout',
      file: path.join(folder, 'mine/load/checkout.js'),
      folder: path.join(folder, 'mine'),
      inContainer: '/scripts/load/checkout.js',
      builtin: false,
    });
  });

  it("is one of the lab's own when its path is", async () => {
    const found = await resolveScript(path.join(folder, 'lab/k6/scenarios/smoke.ts'), places());
    expect(found).toMatchObject({ name: 'smoke', builtin: true });
  });

  it('may be reached through a link', async () => {
    await symlink(path.join(folder, 'mine/load/search.ts'), path.join(folder, 'loose/link.ts'));
    const found = await resolveScript(path.join(folder, 'loose/link.ts'), places());
    expect(found).toMatchObject({ folder: path.join(folder, 'mine'), inContainer: '/scripts/load/search.ts' });
  });

  it('that does not exist gives the nearest in its folder', async () => {
    await expect(resolveScript('load/chekout.js', places())).rejects.toMatchObject({
      code: 'SCRIPT_NOT_FOUND',
      hint: `in ${path.join(folder, 'mine/load')} there is checkout.js`,
      exit: 2,
    });
  });
});

describe('the folder that is mounted', () => {
  const exists = (there: readonly string[]) => (file: string) => there.includes(file);

  it("is the script's own where no folder above it is a project", () => {
    expect(scriptRoot('/srv/tests/a.js', '/home/me', exists([]))).toBe('/srv/tests');
  });

  it('is the nearest project, not an outer one', () => {
    const there = exists(['/srv/.git', '/srv/shop/package.json']);
    expect(scriptRoot('/srv/shop/load/deep/a.js', '/home/me', there)).toBe('/srv/shop');
  });

  it('is never the home folder, whatever lies in it', () => {
    expect(scriptRoot('/home/me/load/a.js', '/home/me', exists(['/home/me/package.json']))).toBe('/home/me/load');
  });
});

describe("paths in k6's messages", () => {
  it('become those of the host, other paths stay', () => {
    const said = 'at default (file:///scripts/load/a.js:1:36) "/scripts/x.js" http://shop/scripts/y';
    expect(hostPaths(said, { folder: '/srv/shop' })).toBe(
      'at default (/srv/shop/load/a.js:1:36) "/srv/shop/x.js" http://shop/scripts/y',
    );
  });
});
