// The ports of the lab, read off the services that publish them.
import { describe, expect, it } from 'vitest';
import { services } from '../../compose/project.ts';
import { publishedPorts } from '../../src/lab/ports.ts';
import { testContext } from '../compose/context.ts';

function ports(yaml = ''): readonly string[] {
  const context = testContext(yaml);
  return publishedPorts(context.config, services(context)).map((p) => `${p.key} ${p.port}/${p.protocol}`);
}

describe('published ports', () => {
  it('are those of every service, each with the key that moves it', () => {
    expect([...ports()].sort()).toEqual([
      'ports.cadvisor 8080/tcp',
      'ports.gateway 8000/tcp',
      'ports.grafana 3000/tcp',
      'ports.jmxExporter 5556/tcp',
      'ports.kafka 9092/tcp',
      'ports.kafkaExporter 9308/tcp',
      'ports.prometheus 9090/tcp',
      'ports.statsd 8125/udp',
      'ports.statsdExporter 9102/tcp',
    ]);
  });

  it('follow each other for three brokers, and leave out what is off', () => {
    const found = ports('brokers: 3\nports: { kafka: 19092 }\nservices: { cadvisor: false }\ntarget: { kind: none }');
    expect(found.filter((port) => port.startsWith('ports.kafka '))).toEqual([
      'ports.kafka 19092/tcp',
      'ports.kafka 19093/tcp',
      'ports.kafka 19094/tcp',
    ]);
    expect(found.filter((port) => /cadvisor|gateway/.test(port))).toEqual([]);
  });
});
