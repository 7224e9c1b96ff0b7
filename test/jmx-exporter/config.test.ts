// The JMX exporter's configuration, and that it reads what the catalogue asks for.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { includedBeans, perPartitionBeans, renderJmxConfig } from '../../jmx-exporter/config.ts';
import { catalogue } from '../../prometheus/catalogue.ts';

const broker = { host: 'kafka-1-jmx', port: 9999 };

describe('the JMX configuration', () => {
  it('is what it was', async () => {
    await expect(renderJmxConfig({ ...broker, perPartition: false })).toMatchFileSnapshot('golden/config.yaml');
  });

  it('reads beans of partitions only when told to', () => {
    const names = (perPartition: boolean): readonly string[] =>
      parse(renderJmxConfig({ ...broker, perPartition })).includeObjectNames;
    expect(names(false)).toEqual(includedBeans.map(({ objectName }) => objectName));
    expect(names(true)).toEqual([...includedBeans, ...perPartitionBeans].map(({ objectName }) => objectName));
  });

  it('names nothing of Kafka, so that metrics keep the names of MSK dashboards', () => {
    const { rules }: { rules: readonly { pattern: string; name?: string }[] } = parse(
      renderJmxConfig({ ...broker, perPartition: false }),
    );
    expect(rules.filter(({ name, pattern }) => name && /kafka/.test(pattern))).toEqual([]);
    expect(rules).toContainEqual({ pattern: 'kafka\\..*' });
  });

  it('includes a bean for every JMX metric of the catalogue', () => {
    const types = new Set(includedBeans.map(({ objectName }) => beanPrefix(objectName)));
    const read = catalogue
      .filter(({ source }) => source === 'jmx')
      .flatMap(({ series }) => series.match(/\b(?:kafka|java)_\w+(?=\{)/g) ?? []);
    expect(read.length).toBeGreaterThan(50);
    expect([...new Set(read)].filter((name) => ![...types].some((type) => name.startsWith(`${type}_`)))).toEqual([]);
  });
});

/** The exporter's default name of a bean, as far as it does not depend on the attribute: kafka_server_ReplicaManager. */
function beanPrefix(objectName: string): string {
  const [, domain, type] = /^([^:]+):type=([^,]+)/.exec(objectName) ?? [];
  return `${domain}_${type}`.replaceAll(/[^a-zA-Z0-9]/g, '_');
}
