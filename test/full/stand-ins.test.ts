// Stand-ins on a real engine: configured like upstream's images, with the same user and no more tools, and they work.
import { createSocket } from 'node:dgram';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltImages, buildImages, referenceOf } from '../stand-ins/built.ts';
import { Containers, publishedPort } from '../stand-ins/container.ts';
import { contracts, type ImageConfig, ownImages } from '../stand-ins/contract.ts';

let built: BuiltImages;
let containers: Containers;

beforeAll(async () => {
  built = await buildImages([...contracts.map(({ image }) => image), ...ownImages]);
  containers = new Containers(built.api);
});

afterAll(() => containers?.removeAll());

async function configOf(reference: string): Promise<ImageConfig> {
  const { Config: config } = await built.api.getImage(reference).inspect();
  return {
    user: config.User,
    entrypoint: (config.Entrypoint as string[] | null) ?? [],
    command: config.Cmd ?? [],
    ports: Object.keys(config.ExposedPorts ?? {}).sort(),
    workdir: config.WorkingDir,
    volumes: Object.keys(config.Volumes ?? {}).sort(),
    healthcheck: config.Healthcheck !== undefined,
  };
}

/** Asks a server inside its container, with the container's own wget. */
async function ask(container: Docker.Container, url: string): Promise<string> {
  const { exitCode, output } = await containers.exec(container, 'wget', '-qO-', url);
  return exitCode === 0 ? output : `exit ${exitCode}: ${output}`;
}

describe.each(contracts)('$image.name', ({ image, config, id }) => {
  it('has the configuration of upstream’s image', async () => {
    expect(await configOf(referenceOf(built, image.name))).toEqual(config);
  });

  it(`runs as ${id}`, async () => {
    const shell = ['sh', '-c', 'echo "$(id -u):$(id -g)"'];
    const { output } = await containers.run(referenceOf(built, image.name), { entrypoint: shell, command: [] });
    expect(output.trim()).toBe(id);
  });
});

describe('tools', () => {
  it.each(['java', 'kafka', 'debian'])('%s has bash, and no wget, curl or nc', async (name) => {
    const { output } = await containers.run(referenceOf(built, name), {
      entrypoint: ['bash', '-c', 'for tool in bash wget curl nc; do type -t $tool; done'],
      command: [],
    });
    expect(output.trim()).toBe('file');
  });

  it.each(['statsd-exporter', 'kafka-exporter', 'node-exporter', 'prometheus', 'cadvisor', 'k6'])(
    '%s has busybox’ sh and wget, and no bash or curl',
    async (name) => {
      const { output } = await containers.run(referenceOf(built, name), {
        entrypoint: ['sh', '-c', 'for tool in sh wget bash curl; do command -v $tool | xargs -r basename; done; true'],
        command: [],
      });
      expect(output.trim().split('\n')).toEqual(['sh', 'wget']);
    },
  );

  it('java has a JAVA_HOME where Temurin has it', async () => {
    const { output } = await containers.run(referenceOf(built, 'java'), {
      command: ['sh', '-c', 'echo $JAVA_HOME; $JAVA_HOME/bin/java -version'],
    });
    expect(output).toMatch(/^\/opt\/java\/openjdk\nopenjdk version "(1[7-9]|2\d)/);
  });
});

describe('servers', () => {
  it('Prometheus starts with its defaults and can write its data', async () => {
    const container = await containers.start(referenceOf(built, 'prometheus'));
    await expect
      .poll(() => ask(container, 'http://localhost:9090/-/ready'), { timeout: 60_000 })
      .toContain('Prometheus Server is Ready.');
    expect(await ask(container, 'http://localhost:9090/api/v1/status/buildinfo')).toContain('"version":"2.42.0');
  });

  it('the node exporter serves the machine’s metrics', async () => {
    const container = await containers.start(referenceOf(built, 'node-exporter'));
    await expect
      .poll(() => ask(container, 'http://localhost:9100/metrics'), { timeout: 60_000 })
      .toMatch(/^node_cpu_seconds_total\{cpu="0",mode="idle"\} /m);
  });

  it('the statsd exporter takes several values in one line', async () => {
    const container = await containers.start(referenceOf(built, 'statsd-exporter'), { publish: ['9125/udp'] });
    await expect
      .poll(() => ask(container, 'http://localhost:9102/-/ready'), { timeout: 60_000 })
      .toContain('Statsd Exporter is Ready.');
    const port = await publishedPort(container, '9125/udp');
    const socket = createSocket('udp4');
    const line = 'k6.http_req_duration:1.5:3.5:5|ms|#name:POST /orders\n';
    await new Promise((sent) => socket.send(line, port, '127.0.0.1', sent));
    socket.close();
    await expect
      .poll(() => ask(container, 'http://localhost:9102/metrics'), { timeout: 60_000 })
      .toMatch(/^k6_http_req_duration_count\{name="POST \/orders"\} 3$/m);
    expect(await ask(container, 'http://localhost:9102/metrics')).toMatch(/^k6_http_req_duration_sum\{.*\} 0\.01$/m);
  });

  it('cAdvisor reports containers by name, with the labels that were asked for', async () => {
    const { socketPath, dataRoot } = await facts();
    const container = await containers.start(referenceOf(built, 'cadvisor'), {
      command: [
        '--docker_only=true',
        '--store_container_labels=false',
        '--whitelisted_container_labels=kafka-load-lab.test',
        '--housekeeping_interval=1s',
      ],
      binds: [`${socketPath}:/var/run/docker.sock:ro`, '/:/rootfs:ro', '/sys:/sys:ro', `${dataRoot}:${dataRoot}:ro`],
    });
    const name = (await container.inspect()).Name.slice(1);
    const metrics = (): Promise<string> => ask(container, 'http://localhost:8080/metrics');
    const series = (metric: string): RegExp =>
      new RegExp(`^${metric}\\{container_label_kafka_load_lab_test="stand-ins",.*name="${name}"`, 'm');
    await expect.poll(metrics, { timeout: 60_000 }).toMatch(series('container_cpu_usage_seconds_total'));
    const exposition = await metrics();
    expect(exposition).toMatch(series('container_memory_working_set_bytes'));
    expect(exposition).toMatch(series('container_network_receive_bytes_total'));
    expect(exposition).toMatch(series('container_spec_memory_limit_bytes'));
    expect((await containers.exec(container, '/usr/bin/healthcheck.sh')).exitCode).toBe(0);
  });

  it('the kafka exporter gives up where there is no Kafka', async () => {
    const finished = await containers.run(referenceOf(built, 'kafka-exporter'), {
      command: ['--kafka.server=localhost:1'],
    });
    expect(finished).toMatchObject({ exitCode: 1, output: expect.stringContaining('Kafka at localhost:1') });
  });
});

describe('programs', () => {
  it('k6 has the documented StatsD output and authorities for https', async () => {
    const reference = referenceOf(built, 'k6');
    const { output } = await containers.run(reference, { command: ['version'] });
    expect(output).toMatch(/^k6(\.exe)? v2\./);
    const authorities = await containers.run(reference, {
      entrypoint: ['grep', '-c', 'BEGIN CERTIFICATE', '/etc/ssl/certs/ca-certificates.crt'],
      command: [],
    });
    expect(Number(authorities.output)).toBeGreaterThan(50);
  });

  it('the target runs on the project’s Node, not as root', async () => {
    const { output } = await containers.run(referenceOf(built, 'target'), {
      command: ['--print', 'process.version + " " + process.getuid() + " " + process.cwd()'],
    });
    expect(output.trim()).toBe('v24.21.0 1000 /app');
  });

  it('the JMX exporter wants a port and a configuration', async () => {
    const { exitCode, output } = await containers.run(referenceOf(built, 'jmx-exporter'), {
      command: ['5556', '/no/such/file'],
    });
    expect({ failed: exitCode !== 0, output }).toMatchObject({
      failed: true,
      output: expect.stringContaining('/no/such/file'),
    });
  });
});

async function facts(): Promise<{ readonly socketPath: string; readonly dataRoot: string }> {
  const info = (await built.api.info()) as { readonly DockerRootDir: string };
  const { socketPath } = built.api.modem as unknown as { readonly socketPath?: string };
  return { socketPath: socketPath ?? '/var/run/docker.sock', dataRoot: info.DockerRootDir };
}
