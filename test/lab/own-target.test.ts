// A user's own target: read by compose, refused where it clashes, watched as their file and lab.yaml say.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Host } from '../../src/host.ts';
import { readOwnTarget, watchOwn } from '../../src/lab/own-target.ts';

const yaml =
  'target: { kind: compose, file: own.yaml, baseUrl: "http://shop:80", healthUrl: "http://shop:80/healthz" }';
const config = parseConfig({ file: 'lab.yaml', text: yaml });
const engine = { compose: ['docker', 'compose'], env: {} } as unknown as Engine;

function compose(stdout: string, exitCode = 0): { host: Host; calls: string[] } {
  const calls: string[] = [];
  const run: Host['run'] = async (command, args) => {
    calls.push([command, ...args].join(' '));
    return { exitCode, stdout, stderr: exitCode === 0 ? '' : 'services.shop: wrong' };
  };
  return { host: { run } as Host, calls };
}

describe("a user's own target", () => {
  it('is what compose makes of the file', async () => {
    const { host, calls } = compose('{"services":{"shop":{"image":"s"}},"networks":{"default":{}}}');
    const own = await readOwnTarget(host, engine, config, '/project', ['kafka-1']);
    expect(own).toEqual({ services: { shop: { image: 's' } }, volumes: {} });
    expect(calls).toEqual(['docker compose -f /project/own.yaml config --format json']);
  });

  it('is none for the built-in target', async () => {
    const builtin = parseConfig({ file: 'lab.yaml', text: '' });
    expect(await readOwnTarget(compose('').host, engine, builtin, '/project', [])).toBeUndefined();
  });

  it('is refused when compose refuses the file, or a service has the name of one of the lab', async () => {
    await expect(readOwnTarget(compose('', 15).host, engine, config, '/p', [])).rejects.toMatchObject({
      code: 'TARGET_COMPOSE',
      detail: 'services.shop: wrong',
    });
    const clash = compose('{"services":{"prometheus":{}}}').host;
    await expect(readOwnTarget(clash, engine, config, '/p', ['prometheus'])).rejects.toMatchObject({
      code: 'TARGET_CLASH',
      exit: 2,
    });
  });

  it('is asked at its health URL, in the service that the URL names', () => {
    expect(watchOwn(config, ['db', 'shop']).map(({ name, ready }) => [name, ready])).toEqual([
      ['db', { kind: 'healthy-or-done' }],
      ['shop', { kind: 'inside', service: 'prometheus', url: 'http://shop:80/healthz' }],
    ]);
  });
});
