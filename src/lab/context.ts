// What the service modules depend on: configuration, paths, and facts of the engine and its machine.
import os from 'node:os';
import type { LabContext } from '../../compose/service.ts';
import type { Config } from '../config/schema.ts';
import type { BareEngine } from '../engine/engine.ts';
import type { Paths } from '../paths.ts';

/** The context of the service modules on this engine. */
export function labContext(config: Config, paths: Paths, engine: BareEngine, uid: number): LabContext {
  const { socketPath, dataRoot, cpus, memoryBytes } = engine.facts;
  return {
    config,
    paths,
    uid,
    engine: { socketPath, dataRoot, apiVersion: engine.apiVersion },
    machine: { cpus, memoryBytes },
  };
}

/** The context as it would be on this machine's own engine, for verbs that must work before there is one. */
export function presumedContext(config: Config, paths: Paths, engine: BareEngine | undefined, uid: number): LabContext {
  if (engine) return labContext(config, paths, engine, uid);
  return {
    config,
    paths,
    uid,
    engine: {
      socketPath: '/var/run/docker.sock',
      dataRoot: '/var/lib/docker',
      apiVersion: '1.41',
    },
    machine: { cpus: os.availableParallelism(), memoryBytes: os.totalmem() },
  };
}
