// lab:up --dry-run: the compose file and the exact commands, without starting, pulling or building anything.
import { services } from '../../compose/project.ts';
import { findBareEngine } from '../engine/find.ts';
import { realHost } from '../host.ts';
import { imagesConfig, type PlanEntry, planImages } from '../images/plan.ts';
import type { Io } from '../io.ts';
import { labPaths } from '../paths.ts';
import { assemble } from './assemble.ts';
import { upArguments } from './compose-up.ts';
import { presumedContext } from './context.ts';
import { configOf, type UpOptions } from './up.ts';

/** Text for the terminal. References of images to be built lack the content hash that the build gives them. */
export async function dryRun(options: UpOptions, io: Io): Promise<string> {
  const host = realHost(io.env);
  const paths = labPaths(options.project, io.env);
  const config = await configOf(options);
  const engine = await findBareEngine({ host, paths, signal: io.signal });
  const context = presumedContext(config, paths, engine, host.uid);
  const all = services(context);
  const plan = planImages(
    all.map((service) => service.image),
    imagesConfig(config),
    () => config.images.source !== 'build',
  );
  const images = [...plan.values()].map((entry) => ({
    name: entry.name,
    reference: reference(entry),
    id: '',
    source: 'pulled' as const,
    sizeBytes: 0,
    why: entry.why,
  }));
  const { project, files } = assemble(context, all, images, [], undefined);
  const compose = files.find((file) => file.path === 'compose.yaml')?.content ?? '';
  const steps = [
    engine
      ? `# engine: ${engine.version} at ${engine.host}`
      : '# engine: none answers; the lab would start its own, or say what to install',
    ...[...plan.values()].map((entry) => `# image ${entry.name}: ${entry.action} ${reference(entry)} (${entry.why})`),
    `docker compose ${upArguments(project.composeFile).join(' ')}`,
  ];
  return `${compose}\n${steps.join('\n')}\n`;
}

function reference(entry: PlanEntry): string {
  if (entry.action === 'override' || entry.action === 'pull') return entry.reference;
  return entry.action === 'build' ? `kafka-load-lab/${entry.name}:${entry.build.version}` : 'none';
}
