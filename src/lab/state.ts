// What lab:up leaves in .lab/state.json for the verbs after it: with which configuration the running lab came up.
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { configSchema } from '../config/schema.ts';

const image = z.object({
  name: z.string(),
  reference: z.string(),
  id: z.string(),
  source: z.enum(['pulled', 'built', 'override']),
  sizeBytes: z.number(),
  why: z.string(),
});

const stateSchema = z.object({
  schema: z.literal(1),
  config: configSchema,
  /** --config and --set of the lab:up that made it; verbs without their own use the same */
  options: z.object({ config: z.string().optional(), set: z.array(z.string()) }),
  /** names of the services of the user's own target */
  own: z.array(z.string()),
  images: z.array(image),
  missing: z.array(
    z.object({
      service: z.string(),
      image: z.object({ name: z.string(), source: z.literal('missing'), why: z.string() }),
    }),
  ),
});

export type LabState = z.output<typeof stateSchema>;

function stateFile(labFolder: string): string {
  return path.join(labFolder, 'state.json');
}

/** State of the last lab:up; undefined where there is none, or one of another version of the lab. */
export async function readState(labFolder: string): Promise<LabState | undefined> {
  const text = await readFile(stateFile(labFolder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const parsed = stateSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // a half-written file of a crashed command counts as none: the next lab:up writes it anew
    return undefined;
  }
}

/** Replaces the state file at once. */
export async function writeState(labFolder: string, state: LabState): Promise<void> {
  const temporary = `${stateFile(labFolder)}.tmp`;
  await writeFile(temporary, `${JSON.stringify(state, null, 2)}\n`);
  await rename(temporary, stateFile(labFolder));
}
