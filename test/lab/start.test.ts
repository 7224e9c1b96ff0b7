// Which fault is shown when compose and a service fail at the same time.
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/errors.ts';
import type { ContainerState } from '../../src/lab/containers.ts';
import { closerFault } from '../../src/lab/start.ts';

const dead: ContainerState = {
  id: 'c1',
  service: 'kafka-1',
  state: 'exited',
  health: undefined,
  status: 'Exited (1) 1 second ago',
  image: 'kafka',
  publishedPorts: [],
};
const probes = (container: ContainerState) => ({
  containers: async () => new Map([[container.service, container]]),
  log: async () => 'Invalid value none',
});
const composeFailed = new LabError({ code: 'COMPOSE_FAILED', message: 'dependency failed to start', hint: 'look' });

describe('a fault of compose', () => {
  it('is that of the service that died, with its last lines', async () => {
    await expect(closerFault(composeFailed, probes(dead))).resolves.toMatchObject({
      code: 'SERVICE_EXITED',
      message: 'kafka-1 exited while starting (Exited (1) 1 second ago)',
      detail: 'Invalid value none',
    });
  });

  it('is its own while all services live, and when compose knows better', async () => {
    await expect(closerFault(composeFailed, probes({ ...dead, state: 'running' }))).resolves.toBe(composeFailed);
    const portTaken = new LabError({ code: 'PORT_TAKEN', message: 'taken', hint: 'free it' });
    await expect(closerFault(portTaken, probes(dead))).resolves.toBe(portTaken);
  });
});
