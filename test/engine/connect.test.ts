import { afterEach, describe, expect, it } from 'vitest';
import { connect, negotiate } from '../../src/engine/connect.ts';
import { type FakeEngine, fakeEngine } from './fake-engine.ts';

describe('negotiate', () => {
  it.each([
    ['the version of an older engine', '1.41', '1.12', '1.41'],
    ['the version that the lab was written for, of a newer engine', '1.51', '1.24', '1.44'],
    ['1.44 of an engine that takes nothing older', '1.52', '1.44', '1.44'],
    ['the oldest that a much newer engine takes', '1.60', '1.50', '1.50'],
    ['the version of an engine that does not say its oldest', '1.43', undefined, '1.43'],
  ])('speaks %s', (_, newest, oldest, spoken) => {
    expect(negotiate(newest, oldest)).toBe(spoken);
  });
});

describe('connect', () => {
  let engine: FakeEngine | undefined;
  afterEach(async () => {
    await engine?.close();
    engine = undefined;
  });

  it('says version, API version and facts, and speaks that API version from then on', async () => {
    engine = await fakeEngine({ apiVersion: '1.52', minApiVersion: '1.44' });
    const connection = await connect({ host: `unix://${engine.socket}`, source: 'test' });
    expect(connection).toMatchObject({
      version: '20.10.24',
      apiVersion: '1.44',
      facts: { socketPath: engine.socket, dataRoot: '/var/lib/docker', cgroupVersion: '2', cpus: 4 },
    });
    if ('api' in connection) await connection.api.listContainers();
    expect(engine.asked).toEqual(['/version', '/v1.44/info', '/v1.44/containers/json']);
  });

  it('says why nobody answers', async () => {
    const endpoint = { host: 'unix:///no/such.sock', source: 'test' };
    expect(await connect(endpoint)).toEqual({ endpoint, why: 'no such socket', denied: false });
  });
});
