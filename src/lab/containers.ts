// The lab's containers as the engine sees them: one look for all of them, by compose's labels.
import type Docker from 'dockerode';

export interface ContainerState {
  readonly id: string;
  readonly service: string;
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** of the container's own health check; undefined where it has none */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | undefined;
  /** in words, as docker ps says it: Up 3 seconds (healthy), Exited (1) 2 seconds ago */
  readonly status: string;
  readonly image: string;
  /** ports published on the host */
  readonly publishedPorts: readonly number[];
}

/** Containers of a compose project by service, one-off ones (k6 runs) left out. */
export async function labContainers(api: Docker, project: string): Promise<ReadonlyMap<string, ContainerState>> {
  const list = await api.listContainers({
    all: true,
    filters: { label: [`com.docker.compose.project=${project}`, 'com.docker.compose.oneoff=False'] },
  });
  return new Map(
    list.map((info) => {
      const service = info.Labels['com.docker.compose.service'] ?? '';
      const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(info.Status)?.[1];
      const container: ContainerState = {
        id: info.Id,
        service,
        state: info.State as ContainerState['state'],
        health: health as ContainerState['health'],
        status: info.Status,
        image: info.Image,
        publishedPorts: [...new Set(info.Ports.flatMap((port) => (port.PublicPort ? [port.PublicPort] : [])))],
      };
      return [service, container];
    }),
  );
}

/** The last lines of a container's log, stdout and stderr in order. */
export async function lastLines(api: Docker, id: string, lines = 20): Promise<string> {
  const raw = await api.getContainer(id).logs({ stdout: true, stderr: true, tail: lines });
  return unframe(raw).trimEnd();
}

/** The engine frames logs of containers without a terminal: 8 bytes of header (stream, length) before each piece. */
function unframe(raw: Buffer): string {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + 8 <= raw.length) {
    const length = raw.readUInt32BE(at + 4);
    pieces.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces).toString('utf8');
}
