// Where the lab's own engine keeps everything, derived from the cache folder alone: two caches are two engines.
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { EngineDeps } from '../deps.ts';

export interface Layout {
  /** short and unique per cache folder; part of the bridge's name */
  readonly id: string;
  /** holds unpacked engines, data and log; survives a stop */
  readonly home: string;
  /** images, volumes, containers */
  readonly data: string;
  readonly log: string;
  /** gone after a stop. Short, because a Unix socket's path has at most 107 characters and a cache folder may be deep */
  readonly runtime: string;
  readonly socket: string;
  /** as for DOCKER_HOST */
  readonly host: string;
  readonly pidFile: string;
  readonly exec: string;
  readonly stateFile: string;
  /** a link to the unpacked engine that runs: iptables looks for its modules under at most 255 characters */
  readonly root: string;
  /** the default network's bridge; a name of its own, so that another engine's docker0 is never touched */
  readonly bridge: string;
}

/** The layout for this cache folder. */
export function engineLayout(deps: Pick<EngineDeps, 'paths' | 'runtimeRoot'>): Layout {
  const home = path.join(path.resolve(deps.paths.cache), 'engine');
  const id = createHash('sha256').update(home).digest('hex').slice(0, 8);
  const runtime = path.join(deps.runtimeRoot ?? '/run/kafka-load-lab', id);
  const socket = path.join(runtime, 'docker.sock');
  return {
    id,
    home,
    data: path.join(home, 'data'),
    log: path.join(home, 'dockerd.log'),
    runtime,
    socket,
    host: `unix://${socket}`,
    pidFile: path.join(runtime, 'docker.pid'),
    exec: path.join(runtime, 'exec'),
    root: path.join(runtime, 'root'),
    stateFile: path.join(runtime, 'engine.json'),
    bridge: `kll-${id}`,
  };
}
