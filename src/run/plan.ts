// Puts together what a k6 container needs, from the lab, the script and the request.
import path from 'node:path';
import type { RunningLab } from '../lab/lab.ts';
import type { K6Input, LoadRequest } from './command.ts';
import { runId } from './id.ts';
import type { Script } from './script.ts';

export interface RunRequest extends LoadRequest {
  readonly script: Script;
  readonly label: string;
}

/** The k6 container's input. `nowMs` becomes part of the run's id. */
export function planRun(lab: RunningLab, request: RunRequest, nowMs: number): K6Input {
  const { config, project } = lab;
  const service = project.services.find(({ component }) => component === 'k6');
  const resolved = project.images.find(({ name }) => name === 'k6');
  if (!service || !resolved) throw new Error('the project has no k6 service: it is not optional');
  const testid = runId(nowMs, request.script.name, request.label);
  return {
    project: project.name,
    image: config.k6.image ?? resolved.reference,
    ownOutput: config.k6.image === undefined && resolved.source !== 'override',
    service: service.compose,
    configEnv: config.k6.env,
    maxSeries: config.k6.maxSeries,
    script: request.script,
    request,
    testid,
    label: request.label,
    runFolder: path.join(lab.paths.lab, 'runs', testid),
    ...userOf(project.context.uid),
  };
}

/** k6 runs as the user of the lab, who can read the script; -1 (no such thing on this platform) leaves it to the image. */
function userOf(uid: number): { user?: string } {
  return uid < 0 ? {} : { user: `${uid}:0` };
}
