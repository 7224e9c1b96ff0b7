// The compose file and the scrape file as a whole, and the rules that every service keeps.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderCompose, services } from '../../compose/project.ts';
import type { Service } from '../../compose/service.ts';
import { testContext } from './context.ts';

const reference = (service: Service): string => `lab/${service.image.name}`;

function compose(yaml = '', apiVersion?: string): string {
  const context = testContext(yaml, apiVersion);
  return renderCompose(context, services(context), reference);
}

function file(yaml: string, path: string): string {
  const found = services(testContext(yaml)).flatMap((service) => service.files ?? []);
  return found.find((generated) => generated.path === path)?.content ?? `no ${path}`;
}

describe('the compose file', () => {
  it('of an empty lab.yaml', async () => {
    await expect(compose()).toMatchFileSnapshot('golden/default.compose.yaml');
  });

  it('of three brokers, two workers and a newer engine', async () => {
    const yaml = 'brokers: 3\ntarget: { workers: 2 }\nservices: { grafana: false }';
    await expect(compose(yaml, '1.47')).toMatchFileSnapshot('golden/three-brokers.compose.yaml');
  });

  it("takes a user's own system in, on the lab's network", () => {
    const context = testContext('target: { kind: compose, file: own.yaml, baseUrl: "http://shop:80" }');
    const own = {
      services: {
        shop: { image: 'shop:1', networks: { default: null } },
        sidecar: { image: 's', network_mode: 'none' },
      },
      volumes: { data: {} },
    };
    const rendered = parse(renderCompose(context, services(context), reference, own));
    expect(rendered.services.shop).toEqual({ image: 'shop:1', networks: { lab: {} } });
    expect(rendered.services.sidecar).toEqual({ image: 's', network_mode: 'none' });
    expect(rendered.volumes).toHaveProperty('data');
    expect(rendered.services).not.toHaveProperty('gateway');
  });
});

describe('the scrape file', () => {
  it('of an empty lab.yaml', async () => {
    await expect(file('', 'prometheus/prometheus.yml')).toMatchFileSnapshot('golden/default.prometheus.yml');
  });

  it('has a target for every broker and worker, and for what the user names', async () => {
    const yaml =
      'brokers: 3\ntarget: { kind: compose, file: o, baseUrl: "http://s", metrics: ["shop:80/internal/metrics"] }';
    await expect(file(yaml, 'prometheus/prometheus.yml')).toMatchFileSnapshot('golden/three-brokers.prometheus.yml');
  });
});

describe('every service', () => {
  const all = services(testContext('brokers: 3'));

  it('publishes on 127.0.0.1 only', () => {
    const ports = all.flatMap((service) => (service.compose.ports ?? []) as readonly { readonly host_ip: string }[]);
    expect(ports.length).toBeGreaterThan(10);
    expect(ports.filter((port) => port.host_ip !== '127.0.0.1')).toEqual([]);
  });

  it('has limits, and a name of its own', () => {
    expect(all.filter(({ compose: c }) => !c.cpus || !c.mem_limit).map((service) => service.name)).toEqual([]);
    expect(new Set(all.map((service) => service.name)).size).toBe(all.length);
  });

  it('starts no JVM as a health check', () => {
    const checks = all.map((service) => JSON.stringify(service.compose.healthcheck ?? {}));
    expect(checks.filter((check) => /java|kafka-.*\.sh/.test(check))).toEqual([]);
  });

  it('keeps JMX off the networks of the others', () => {
    const onJmx = all.filter(({ compose: c }) => JSON.stringify(c.networks ?? '').includes('jmx'));
    expect(new Set(onJmx.map((service) => service.component))).toEqual(new Set(['kafka', 'jmx-exporter']));
  });
});
