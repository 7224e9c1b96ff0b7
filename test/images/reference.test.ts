import { describe, expect, it } from 'vitest';
import { pullReference, registryOf, splitReference } from '../../src/images/reference.ts';

const digest = `sha256:${'0'.repeat(64)}`;

describe('the registry of a reference', () => {
  it.each([
    ['busybox:1.37.0', undefined],
    ['prom/prometheus:v3', undefined],
    ['ghcr.io/google/cadvisor:v1', 'ghcr.io'],
    ['localhost/x', 'localhost'],
    ['127.0.0.1:5000/prom/prometheus', '127.0.0.1:5000'],
  ])('of %s is %s', (reference, registry) => {
    expect(registryOf(reference)).toBe(registry);
  });
});

describe('what is pulled', () => {
  it.each([
    ['busybox', undefined, 'busybox:1'],
    ['ghcr.io/google/cadvisor', undefined, 'ghcr.io/google/cadvisor:1'],
    ['busybox', 'mirror.example', 'mirror.example/library/busybox:1'],
    ['prom/prometheus', 'mirror.example', 'mirror.example/prom/prometheus:1'],
    ['ghcr.io/google/cadvisor', 'mirror.example/hub', 'mirror.example/hub/google/cadvisor:1'],
    ['prom/prometheus', 'http://127.0.0.1:5000/', '127.0.0.1:5000/prom/prometheus:1'],
  ])('of %s behind the mirror %s is %s', (repository, mirror, reference) => {
    expect(pullReference({ repository, tag: '1' }, mirror)).toBe(reference);
  });

  it('keeps its digest behind a mirror', () => {
    expect(pullReference({ repository: 'busybox', tag: '1', digest }, 'm.example')).toBe(
      `m.example/library/busybox:1@${digest}`,
    );
  });
});

describe('name and version of a reference', () => {
  it.each([
    ['busybox', 'busybox', 'latest'],
    ['127.0.0.1:5000/x', '127.0.0.1:5000/x', 'latest'],
    ['127.0.0.1:5000/x:2', '127.0.0.1:5000/x', '2'],
    [`prom/prometheus:v3@${digest}`, 'prom/prometheus', digest],
    [`prom/prometheus@${digest}`, 'prom/prometheus', digest],
  ])('%s', (reference, name, version) => {
    expect(splitReference(reference)).toEqual({ name, version });
  });
});
