import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryAuth } from '../../src/images/auth.ts';
import { type FakeProgram, fails, fakeHost } from '../engine/fake-host.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'auth-'));
});
afterEach(() => rm(folder, { recursive: true }));

const config = (content: unknown): Promise<void> =>
  writeFile(path.join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content));
const ask = (programs: Readonly<Record<string, FakeProgram>> = {}) =>
  registryAuth(fakeHost(programs, { env: { DOCKER_CONFIG: folder } }), 'r.example');
const encoded = Buffer.from('me:se:cret').toString('base64');
const expected = { username: 'me', password: 'se:cret', serveraddress: 'r.example' };

describe('credentials for a registry', () => {
  it.each(['r.example', 'https://r.example'])("come from the client's configuration, under %s", async (server) => {
    await config({ auths: { [server]: { auth: encoded } } });
    expect(await ask()).toEqual(expected);
  });

  it.each([{ credHelpers: { 'r.example': 'vault' } }, { credsStore: 'vault' }])(
    'come from a helper: %j',
    async (content) => {
      await config({ ...content, auths: { 'r.example': {} } });
      const vault: FakeProgram = (args, { input }) =>
        args[0] === 'get' && input === 'r.example'
          ? { stdout: '{"Username":"me","Secret":"se:cret"}' }
          : { exitCode: 1 };
      expect(await ask({ 'docker-credential-vault': vault })).toEqual(expected);
    },
  );

  it('are none when the helper has none', async () => {
    await config({ credsStore: 'vault' });
    expect(await ask({ 'docker-credential-vault': fails('credentials not found') })).toBeUndefined();
  });

  it.each([
    ['of another registry', { auths: { 'other.example': { auth: encoded } } }],
    ['in a damaged file', '{'],
  ])('are none when there are only some %s', async (_what, content) => {
    await config(content);
    expect(await ask()).toBeUndefined();
  });

  it('are none without a configuration', async () => {
    expect(await ask()).toBeUndefined();
  });
});
