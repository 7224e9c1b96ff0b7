// A lab context for tests: a machine of 8 CPUs and 16 GiB with an ordinary Docker engine.
import type { LabContext } from '../../compose/service.ts';
import { parseConfig } from '../../src/config/load.ts';

/** The context of a lab.yaml. */
export function testContext(yaml = '', apiVersion = '1.41'): LabContext {
  return {
    config: parseConfig({ file: 'lab.yaml', text: yaml }),
    paths: { project: '/lab', lab: '/lab/.lab', snapshots: '/lab/snapshots', cache: '/cache' },
    uid: 1000,
    engine: { socketPath: '/var/run/docker.sock', dataRoot: '/var/lib/docker', apiVersion },
    machine: { cpus: 8, memoryBytes: 16 * 1024 ** 3 },
  };
}
