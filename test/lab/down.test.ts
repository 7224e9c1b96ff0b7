// Taking the lab down: everything of the project, nothing else, and no stumbling over what is gone already.
import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { takeDown } from '../../src/lab/down.ts';

/** An engine that writes down what is asked of it. */
function fakeEngine(faults: Readonly<Record<string, number>> = {}): { api: Docker; asked: string[] } {
  const asked: string[] = [];
  const done = async (what: string): Promise<void> => {
    asked.push(what);
    const statusCode = faults[what];
    if (statusCode) throw Object.assign(new Error(what), { statusCode });
  };
  const api = {
    listContainers: async ({ filters }: { readonly filters: unknown }) => {
      asked.push(`list ${JSON.stringify(filters)}`);
      return [{ Id: 'c1' }, { Id: 'c2' }];
    },
    listNetworks: async () => [{ Id: 'n1' }],
    listVolumes: async () => ({ Volumes: [{ Name: 'v1' }] }),
    getContainer: (id: string) => ({ stop: () => done(`stop ${id}`), remove: () => done(`remove ${id}`) }),
    getNetwork: (id: string) => ({ remove: () => done(`network ${id}`) }),
    getVolume: (id: string) => ({ remove: () => done(`volume ${id}`) }),
  } as unknown as Docker;
  return { api, asked };
}

describe('lab:down', () => {
  it('removes containers and networks of the project, and keeps the data', async () => {
    const { api, asked } = fakeEngine();
    await expect(takeDown(api, 'lab', { volumes: false })).resolves.toEqual({ containers: 2, networks: 1, volumes: 0 });
    expect(asked[0]).toBe('list {"label":["com.docker.compose.project=lab"]}');
    expect(asked).toEqual(expect.arrayContaining(['stop c1', 'remove c1', 'stop c2', 'remove c2', 'network n1']));
    expect(asked).not.toContain('volume v1');
  });

  it('removes the data when asked', async () => {
    const { api, asked } = fakeEngine();
    await takeDown(api, 'lab', { volumes: true });
    expect(asked).toContain('volume v1');
  });

  it('goes on when a container is stopped or gone already, and fails for anything else', async () => {
    await expect(
      takeDown(fakeEngine({ 'stop c1': 304, 'remove c2': 404 }).api, 'lab', { volumes: false }),
    ).resolves.toBeDefined();
    await expect(takeDown(fakeEngine({ 'network n1': 403 }).api, 'lab', { volumes: false })).rejects.toThrow(
      'network n1',
    );
  });
});
