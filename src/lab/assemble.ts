// From configuration, engine and images to a project on disk: compose file and everything that the services mount.
import path from 'node:path';
import { hostBootstrap } from '../../compose/kafka.ts';
import { generatedFiles, type OwnTarget, renderCompose } from '../../compose/project.ts';
import type { GeneratedFile, LabContext, Service } from '../../compose/service.ts';
import { targetBaseUrl } from '../../compose/target.ts';
import type { MissingImage, ResolvedImage } from '../images/descriptor.ts';
import type { LabAddresses, MissingService, Project, Watched } from './lab.ts';

export interface Assembly {
  readonly project: Project;
  /** compose.yaml and all that is mounted, relative to .lab/ */
  readonly files: readonly GeneratedFile[];
}

/** Leaves out the services whose image is missing and renders the rest. Writes nothing. */
export function assemble(
  context: LabContext,
  all: readonly Service[],
  images: readonly ResolvedImage[],
  missingImages: readonly MissingImage[],
  own: OwnTarget | undefined,
  watched: readonly Watched[] = [],
): Assembly {
  const byName = new Map(images.map((image) => [image.name, image]));
  const missing: MissingService[] = all.flatMap((service) => {
    const image = missingImages.find((m) => m.name === service.image.name);
    return image ? [{ service: service.name, image }] : [];
  });
  const services = all.filter((service) => !missing.some((m) => m.service === service.name));
  const reference = (service: Service): string => {
    const image = byName.get(service.image.name);
    if (!image) throw new Error(`no image resolved for ${service.name}`);
    return image.reference;
  };
  const compose: GeneratedFile = { path: 'compose.yaml', content: renderCompose(context, services, reference, own) };
  const composeFile = path.join(context.paths.lab, compose.path);
  return {
    project: { name: context.config.name, context, services, own: watched, images, missing, composeFile },
    files: [...generatedFiles(services), compose],
  };
}

/** Where the services are reached from the host. */
export function addresses(context: LabContext, services: readonly Service[]): LabAddresses {
  const url = (name: string): string | undefined => services.find((service) => service.name === name)?.url;
  const baseUrl = targetBaseUrl(context);
  const optional = {
    cadvisor: url('cadvisor'),
    grafana: url('grafana'),
    gateway: url('gateway'),
    baseUrl,
  };
  return {
    bootstrap: hostBootstrap(context.config),
    prometheus: url('prometheus') ?? '',
    statsdExporter: url('statsd-exporter') ?? '',
    kafkaExporter: url('kafka-exporter') ?? '',
    jmxExporters: services.flatMap((s) => (s.component === 'jmx-exporter' && s.url ? [s.url] : [])),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}
