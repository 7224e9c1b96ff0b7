// The running lab, as plain data: what the verbs after `lab:up` work on.
import type { LabContext, Service } from '../../compose/service.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';
import type { MissingImage, ResolvedImage } from '../images/descriptor.ts';
import type { Paths } from '../paths.ts';

/** What is needed to watch a service. */
export type Watched = Pick<Service, 'name' | 'ready' | 'readyTimeoutMs'>;

/** The assembled project: everything derived from the service modules. */
export interface Project {
  /** compose project name */
  readonly name: string;
  readonly context: LabContext;
  /** services in start order, without those whose image is missing */
  readonly services: readonly Service[];
  /** services of the user's own target, which the lab knows from their compose file only */
  readonly own: readonly Watched[];
  readonly images: readonly ResolvedImage[];
  readonly missing: readonly MissingService[];
  /** path of the compose file */
  readonly composeFile: string;
}

/** A service that the configuration asks for and this machine cannot have. */
export interface MissingService {
  readonly service: string;
  readonly image: MissingImage;
}

/** Addresses on the host; a service that is off or missing has none. */
export interface LabAddresses {
  /** Kafka bootstrap servers for programs on the host: 127.0.0.1:9092,…; the exporters' are URLs of their /metrics */
  readonly bootstrap: string;
  readonly prometheus: string;
  readonly statsdExporter: string;
  readonly kafkaExporter: string;
  readonly jmxExporters: readonly string[];
  readonly cadvisor?: string;
  readonly grafana?: string;
  /** the built-in target's gateway */
  readonly gateway?: string;
  /** base URL of the system under test on the lab's network, for k6 */
  readonly baseUrl?: string;
}

export interface RunningLab {
  readonly config: Config;
  readonly paths: Paths;
  readonly engine: Engine;
  readonly project: Project;
  readonly addresses: LabAddresses;
}
