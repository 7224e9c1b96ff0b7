// Opens the lab that runs: for the verbs that work on it and must not change it.
import { services } from '../../compose/project.ts';
import { findEngine } from '../engine/find.ts';
import { LabError } from '../errors.ts';
import { realHost } from '../host.ts';
import type { Io } from '../io.ts';
import { labPaths } from '../paths.ts';
import { addresses, assemble } from './assemble.ts';
import { labContainers } from './containers.ts';
import { labContext } from './context.ts';
import type { RunningLab } from './lab.ts';
import { watchOwn } from './own-target.ts';
import { readState } from './state.ts';

export interface OpenOptions {
  readonly project: string;
}

/** The running lab of a checkout. Errors: LAB_DOWN when none runs. */
export async function openLab(options: OpenOptions, io: Io): Promise<RunningLab> {
  const lab = await findLab(options, io);
  if (lab && (await labContainers(lab.engine.api, lab.project.name)).size > 0) return lab;
  throw new LabError({ code: 'LAB_DOWN', message: 'the lab is not running', hint: '`npm run lab:up` brings it up' });
}

/** The lab of the last lab:up, whether its containers run or not; undefined where there is no engine or no state. */
export async function findLab(options: OpenOptions, io: Io): Promise<RunningLab | undefined> {
  const host = realHost(io.env);
  const paths = labPaths(options.project, io.env);
  const state = await readState(paths.lab);
  const deps = { host, paths, signal: io.signal };
  const engine = state && (await findEngine(deps));
  if (!state || !engine) return undefined;
  const context = labContext(state.config, paths, engine, host.uid);
  const { project } = assemble(
    context,
    services(context),
    state.images,
    state.missing.map(({ image }) => image),
    undefined,
    watchOwn(state.config, state.own),
  );
  return { config: state.config, paths, engine, project, addresses: addresses(context, project.services) };
}
