// Where the lab keeps things: the project, its generated files, its snapshots, and the user's cache folder.
import { homedir } from 'node:os';
import path from 'node:path';

export interface Paths {
  /** the checkout: package.json lives here */
  readonly project: string;
  /** generated files: compose.yaml, scrape file, state; safe to delete when the lab is down */
  readonly lab: string;
  readonly snapshots: string;
  /** downloads and builds, keyed by content, shared by all checkouts of this user */
  readonly cache: string;
}

/** Paths for a project folder; the cache follows XDG_CACHE_HOME, then ~/.cache. */
export function labPaths(project: string, env: Readonly<Record<string, string | undefined>>): Paths {
  const cacheHome = env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return {
    project,
    lab: path.join(project, '.lab'),
    snapshots: path.join(project, 'snapshots'),
    cache: path.join(cacheHome, 'kafka-load-lab'),
  };
}

/** The checkout that this file belongs to. */
export const projectRoot = path.resolve(import.meta.dirname, '..');
