// Prometheus 3.5 from its Go module: the slow build has the same shape as the quick one, and answers.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltImages, buildImages, referenceOf } from '../stand-ins/built.ts';
import { Containers } from '../stand-ins/container.ts';
import { slowPrometheus } from '../stand-ins/contract.ts';

let built: BuiltImages;
let containers: Containers;

beforeAll(async () => {
  built = await buildImages([slowPrometheus.image]);
  containers = new Containers(built.api);
});

afterAll(() => containers?.removeAll());

it('has the configuration of upstream’s image', async () => {
  const { config } = slowPrometheus;
  const { Config: actual } = await built.api.getImage(referenceOf(built, 'prometheus')).inspect();
  expect(actual).toMatchObject({
    User: config.user,
    Entrypoint: config.entrypoint,
    Cmd: config.command,
    WorkingDir: config.workdir,
  });
  expect(Object.keys(actual.ExposedPorts ?? {})).toEqual(config.ports);
  expect(Object.keys(actual.Volumes ?? {})).toEqual(config.volumes);
});

it('starts with its defaults, as nobody, and says its version', async () => {
  const container = await containers.start(referenceOf(built, 'prometheus'));
  const ask = async (path: string): Promise<string> =>
    (await containers.exec(container, 'wget', '-qO-', `http://localhost:9090${path}`)).output;
  await expect.poll(() => ask('/-/ready'), { timeout: 60_000 }).toContain('Prometheus Server is Ready.');
  expect(await ask('/api/v1/status/buildinfo')).toContain('"version":"3.5.0"');
  expect((await containers.exec(container, 'id', '-u')).output.trim()).toBe('65534');
});
