// The engine that the lab under test runs on, for tests that hurt it or look inside.
import type Docker from 'dockerode';
import { findBareEngine } from '../../src/engine/find.ts';
import { realHost } from '../../src/host.ts';
import { labPaths, projectRoot } from '../../src/paths.ts';

/** Its API. */
export async function labEngine(): Promise<Docker> {
  const engine = await findBareEngine({ host: realHost(), paths: labPaths(projectRoot, process.env) });
  if (!engine) throw new Error('no engine runs: bring the lab up first');
  return engine.api;
}
