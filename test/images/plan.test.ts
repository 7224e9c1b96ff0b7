import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { type ImagesConfig, imagesConfig, type PlanEntry, planImages, registriesOf } from '../../src/images/plan.ts';
import { both, built, pulled } from './descriptors.ts';

const images = (more: Partial<ImagesConfig> = {}): ImagesConfig => ({ source: 'auto', overrides: {}, ...more });
const everywhere = (): boolean => true;
const nowhere = (): boolean => false;
const summary = (entry: PlanEntry): string =>
  `${entry.name}: ${entry.action}${'reference' in entry ? ` ${entry.reference}` : ''} (${entry.why})`;

function planned(config: ImagesConfig, reachable: (registry: string | undefined) => boolean): readonly string[] {
  return [...planImages([both, built, pulled], config, reachable).values()].map(summary);
}

describe('the plan', () => {
  it('pulls what can be pulled where registries answer, and the bases of the rest', () => {
    expect(planned(images(), everywhere)).toEqual([
      "both: pull apache/kafka:4.1.1 (the engine's default registry answers)",
      "base: pull debian:slim (the engine's default registry answers)",
      'built: build (always built: no registry has it)',
      'pulled: pull other.example/grafana:13 (registry other.example answers)',
    ]);
  });

  it('builds bases first where no registry answers, and says what is missing', () => {
    expect(planned(images(), nowhere)).toEqual([
      "base: build (the engine's default registry does not answer)",
      "both: build (the engine's default registry does not answer)",
      'built: build (always built: no registry has it)',
      'pulled: missing (registry other.example does not answer; no package registry has it)',
    ]);
  });

  it('is made registry by registry', () => {
    expect(planned(images(), (registry) => registry === 'other.example').slice(2)).toEqual([
      'built: build (always built: no registry has it)',
      'pulled: pull other.example/grafana:13 (registry other.example answers)',
    ]);
  });

  it('asks the mirror, and only the mirror, for everything', () => {
    const config = images({ mirror: '127.0.0.1:5000' });
    expect(planned(config, (registry) => registry === '127.0.0.1:5000')).toEqual([
      'both: pull 127.0.0.1:5000/apache/kafka:4.1.1 (registry 127.0.0.1:5000 answers)',
      'base: pull 127.0.0.1:5000/library/debian:slim (registry 127.0.0.1:5000 answers)',
      'built: build (always built: no registry has it)',
      'pulled: pull 127.0.0.1:5000/grafana:13 (registry 127.0.0.1:5000 answers)',
    ]);
    expect([...registriesOf([both, built, pulled], config).keys()]).toEqual(['127.0.0.1:5000']);
  });

  it('of source pull does not care who answers', () => {
    expect(planned(images({ source: 'pull' }), nowhere).map((line) => line.split(' (')[0])).toEqual([
      'both: pull apache/kafka:4.1.1',
      'base: pull debian:slim',
      'built: build',
      'pulled: pull other.example/grafana:13',
    ]);
  });

  it('of source build goes without what can only be pulled', () => {
    expect(planned(images({ source: 'build' }), everywhere)).toEqual([
      'base: build (images.source is build)',
      'both: build (images.source is build)',
      'built: build (always built: no registry has it)',
      'pulled: missing (images.source is build; no package registry has it)',
    ]);
  });

  it('takes an override as it is, whatever the source, of a base too', () => {
    const config = images({
      source: 'build',
      mirror: 'm.example',
      overrides: { both: 'mine/kafka:1', base: 'mine/base:1' },
    });
    expect(planned(config, nowhere).slice(0, 3)).toEqual([
      'both: override mine/kafka:1 (set in lab.yaml)',
      'base: override mine/base:1 (set in lab.yaml)',
      'built: build (always built: no registry has it)',
    ]);
  });

  it('has something to build instead when a pull fails, with auto only', () => {
    const fallback = (source: 'auto' | 'pull'): unknown =>
      Object.keys(planImages([both], images({ source }), everywhere).get('both') ?? {}).includes('fallback');
    expect([fallback('auto'), fallback('pull')]).toEqual([true, false]);
  });
});

it("takes k6's own setting for an override, which images.overrides wins over", () => {
  expect(imagesConfig(configSchema.parse({ k6: { image: 'a:1' } })).overrides).toEqual({ k6: 'a:1' });
  expect(
    imagesConfig(configSchema.parse({ k6: { image: 'a:1' }, images: { overrides: { k6: 'b:1' } } })).overrides,
  ).toEqual({
    k6: 'b:1',
  });
});
