import { afterEach, describe, expect, it } from 'vitest';
import { Layers, pullImage } from '../../src/images/pull.ts';
import { pullFault } from '../../src/images/pull-fault.ts';
import { type FakeImageEngine, type FakeImages, fakeImageEngine } from './fake-engine.ts';

let engine: FakeImageEngine;
afterEach(() => engine?.close());

const told: string[] = [];
async function pull(pulls: FakeImages['pulls'], reference = 'r.example/app:1'): Promise<void> {
  engine = await fakeImageEngine({ pulls: pulls ?? {} });
  told.length = 0;
  await pullImage(engine.api, reference, {
    auth: { username: 'me', password: 'secret', serveraddress: 'r.example' },
    signal: new AbortController().signal,
    tell: (detail) => told.push(detail),
    retryDelayMs: 1,
  });
}

describe('a pull', () => {
  it('tells its layers and bytes, and sends credentials in their header only', async () => {
    await pull({ 'r.example/app:1': 'ok' });
    expect(told).toEqual(['0/1 layers, 1 MB of 2 MB', '0/1 layers, 2 MB of 2 MB', '1/1 layers, 2 MB of 2 MB']);
    expect(engine.credentials).toEqual([{ username: 'me', password: 'secret', serveraddress: 'r.example' }]);
  });

  it('whose connection breaks is tried again', async () => {
    await pull({ 'r.example/app:1': [{ after: 'unexpected EOF' }, { after: 'connection reset by peer' }, 'ok'] });
    expect(engine.asked).toEqual(Array(3).fill('pull r.example/app:1'));
  });

  it('whose connection keeps breaking fails', async () => {
    await expect(pull({ 'r.example/app:1': { after: 'unexpected EOF' } })).rejects.toMatchObject({
      code: 'REGISTRY_GONE',
      detail: 'unexpected EOF',
    });
    expect(engine.asked).toHaveLength(3);
  });

  it('of a registry that vanished while layers came says so', async () => {
    const after = 'dial tcp 127.0.0.1:5000: connect: connection refused';
    await expect(pull({ 'r.example/app:1': { after } })).rejects.toMatchObject({ code: 'REGISTRY_GONE' });
  });

  it('that is refused is not tried again', async () => {
    const refused = { status: 500, message: 'unauthorized: authentication required' };
    await expect(pull({ 'r.example/app:1': refused })).rejects.toMatchObject({ code: 'REGISTRY_LOGIN_REFUSED' });
    expect(engine.asked).toHaveLength(1);
  });
});

describe("the engine's words for a failed pull", () => {
  it.each([
    ['manifest for r.example/a:1 not found: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
    ['(HTTP code 404) no such container - manifest unknown', 'IMAGE_NOT_FOUND'],
    ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'IMAGE_NOT_FOUND'],
    ['unauthorized: authentication required', 'REGISTRY_LOGIN_REFUSED'],
    ['Head "http://r.example/v2/a/manifests/1": no basic auth credentials', 'REGISTRY_LOGIN_REFUSED'],
    [
      "pull access denied for a, repository does not exist or may require 'docker login': denied",
      'REGISTRY_LOGIN_REFUSED',
    ],
    ['toomanyrequests: You have reached your pull rate limit', 'REGISTRY_RATE_LIMIT'],
    ['received unexpected HTTP status: 429 Too Many Requests', 'REGISTRY_RATE_LIMIT'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'REGISTRY_GONE'],
    ['unexpected EOF', 'REGISTRY_GONE'],
    ['read tcp 10.0.0.1:1->10.0.0.2:443: read: connection reset by peer', 'REGISTRY_GONE'],
    ['Get "https://r.example/v2/": dial tcp: lookup r.example on 10.0.0.1:53: no such host', 'REGISTRY_UNREACHABLE'],
    ['Get "https://r.example/v2/": context deadline exceeded', 'REGISTRY_UNREACHABLE'],
    ['x509: certificate signed by unknown authority', 'REGISTRY_UNREACHABLE'],
    ['write /var/lib/docker/tmp/GetImageBlob1: no space left on device', 'NO_DISK_SPACE'],
    ['something else', 'IMAGE_PULL_FAILED'],
  ])('%s: %s', (message, code) => {
    const fault = pullFault('r.example/a:1', new Error(message));
    expect(fault.code).toBe(code);
    expect(fault.hint).not.toBe('');
  });
});

it('counts layers that are there already as done, and the tag as none', () => {
  const layers = new Layers();
  expect(layers.add({ status: 'Pulling from library/x', id: '1' })).toBe(false);
  layers.add({ status: 'Already exists', id: 'aaa' });
  layers.add({ status: 'Downloading', id: 'bbb', progressDetail: { current: 5, total: 10 } });
  expect(layers.summary()).toBe('1/2 layers, 5 B of 10 B');
});
