// Takes the lab down by compose's labels: needs the engine alone, neither compose nor the files that lab:up wrote.
import type Docker from 'dockerode';

export interface DownOptions {
  /** remove the data of Kafka and Prometheus as well */
  readonly volumes: boolean;
}

export interface Removed {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
}

/** Time a container gets between SIGTERM and SIGKILL: a broker's controlled shutdown takes a few seconds. */
const stopSeconds = 30;

/** Stops and removes every container and network of the compose project, runs of k6 included. */
export async function takeDown(api: Docker, project: string, options: DownOptions): Promise<Removed> {
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const containers = await api.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(async ({ Id }) => {
      const container = api.getContainer(Id);
      await unless(304, container.stop({ t: stopSeconds }));
      await unless(404, container.remove({ force: true, v: true }));
    }),
  );
  const networks = await api.listNetworks({ filters });
  await Promise.all(networks.map(({ Id }) => unless(404, api.getNetwork(Id).remove())));
  const { Volumes: volumes } = options.volumes ? await api.listVolumes({ filters }) : { Volumes: [] };
  await Promise.all(volumes.map(({ Name }) => unless(404, api.getVolume(Name).remove())));
  return { containers: containers.length, networks: networks.length, volumes: volumes.length };
}

/** Somebody else got there first: 304 is "stopped already", 404 "gone already". */
async function unless(statusCode: number, done: Promise<unknown>): Promise<void> {
  await done.catch((error: { readonly statusCode?: number }) => {
    if (error.statusCode !== statusCode && error.statusCode !== 404) throw error;
  });
}
