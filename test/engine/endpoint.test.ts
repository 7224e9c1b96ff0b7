import { describe, expect, it } from 'vitest';
import { clientOptions, endpoints, parseContext } from '../../src/engine/endpoint.ts';
import { fakeHost, prints } from './fake-host.ts';

const paths = { project: '/p', lab: '/p/.lab', snapshots: '/p/snapshots', cache: '/c' };

const context = (name: string, host: string, tls: readonly string[] = []): string =>
  JSON.stringify([
    {
      Name: name,
      Endpoints: { docker: { Host: host } },
      TLSMaterial: tls.length > 0 ? { docker: tls } : {},
      Storage: { TLSPath: '/home/me/.docker/contexts/tls/abc' },
    },
  ]);

describe('endpoints', () => {
  it('are only DOCKER_HOST where that is set', async () => {
    const host = fakeHost(
      { docker: prints(context('colima', 'unix:///colima.sock')) },
      { env: { DOCKER_HOST: 'tcp://h:1' } },
    );
    expect(await endpoints({ host, paths })).toEqual([{ host: 'tcp://h:1', source: 'DOCKER_HOST' }]);
  });

  it('are the current context of the docker client, then the default socket', async () => {
    const host = fakeHost({ docker: prints(context('colima', 'unix:///colima.sock')) });
    expect(await endpoints({ host, paths })).toEqual([
      { host: 'unix:///colima.sock', source: 'docker context "colima"' },
      { host: 'unix:///var/run/docker.sock', source: 'default socket' },
    ]);
  });

  it('are only the default socket without a docker client', async () => {
    expect(await endpoints({ host: fakeHost(), paths })).toEqual([
      { host: 'unix:///var/run/docker.sock', source: 'default socket' },
    ]);
  });

  it('are a named pipe on Windows', async () => {
    const host = fakeHost({}, { platform: 'win32' });
    expect(await endpoints({ host, paths })).toEqual([
      { host: 'npipe:////./pipe/docker_engine', source: 'default socket' },
    ]);
  });
});

describe('parseContext', () => {
  it('knows where the certificates of a context are', () => {
    expect(parseContext(context('remote', 'tcp://h:2376', ['ca.pem', 'cert.pem', 'key.pem']))).toEqual({
      host: 'tcp://h:2376',
      source: 'docker context "remote"',
      certPath: '/home/me/.docker/contexts/tls/abc/docker',
    });
  });

  it.each(['', 'no json', '[]', context('default', 'unix:///var/run/docker.sock')])('gives nothing for %j', (json) => {
    expect(parseContext(json)).toBeUndefined();
  });
});

describe('clientOptions', () => {
  it.each([
    ['unix:///var/run/docker.sock', { host: '', socketPath: '/var/run/docker.sock' }],
    ['npipe:////./pipe/docker_engine', { host: '', socketPath: '//./pipe/docker_engine' }],
    ['tcp://127.0.0.1', { host: '127.0.0.1', port: 2375, protocol: 'http' }],
    ['127.0.0.1:4243', { host: '127.0.0.1', port: 4243, protocol: 'http' }],
    ['https://127.0.0.1', { host: '127.0.0.1', port: 2376, protocol: 'https' }],
  ])('of %s', (host, options) => {
    expect(clientOptions({ host, source: 'test' })).toEqual(options);
  });

  it.each(['ssh://me@far-away', 'nonsense://'])('refuses %s', (host) => {
    expect(() => clientOptions({ host, source: 'DOCKER_HOST' })).toThrow(
      expect.objectContaining({
        code: 'ENGINE_ADDRESS',
        message: `DOCKER_HOST says ${host}, which the lab cannot use`,
      }),
    );
  });
});
