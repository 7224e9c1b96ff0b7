// How the lab is doing: every service's container and readiness, and what is missing and why.
import type { RunningLab } from './lab.ts';
import { check, type Probes } from './readiness.ts';

export interface ServiceStatus {
  readonly service: string;
  readonly state: 'ready' | 'not ready' | 'down' | 'missing' | 'on demand';
  /** the container's status, or why it is not ready or missing */
  readonly detail: string;
  readonly url: string | undefined;
  readonly image: string;
}

/** Looks at every service once, all side by side. */
export async function labStatus(lab: RunningLab, probes: Probes): Promise<readonly ServiceStatus[]> {
  const containers = await probes.containers();
  const { services, own } = lab.project;
  const all = [...services, ...own.map((service) => ({ ...service, url: undefined, image: undefined }))];
  const looked = all.map(async (service): Promise<ServiceStatus> => {
    const shared = { service: service.name, url: service.url, image: source(lab, service.image?.name) };
    if (service.ready.kind === 'on-demand') return { ...shared, state: 'on demand', detail: 'started by lab:run' };
    const container = containers.get(service.name);
    if (!container) return { ...shared, state: 'down', detail: 'no container' };
    const unmet = await check(service.ready, container, containers, probes);
    return { ...shared, state: unmet === undefined ? 'ready' : 'not ready', detail: unmet ?? container.status };
  });
  const missing = lab.project.missing.map(
    ({ service, image }): ServiceStatus => ({
      service,
      state: 'missing',
      detail: image.why,
      url: undefined,
      image: '-',
    }),
  );
  return [...(await Promise.all(looked)), ...missing];
}

/** Where an image came from; a service of the user's own target has their image. */
function source(lab: RunningLab, image: string | undefined): string {
  if (image === undefined) return 'yours';
  return lab.project.images.find((resolved) => resolved.name === image)?.source ?? '-';
}
