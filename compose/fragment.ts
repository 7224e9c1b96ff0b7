// What the compose fragments of all services have in common: limits, logs, published ports, health checks.
import { limitOf } from '../src/config/resources.ts';
import type { ComposeFragment, LabContext } from './service.ts';

/** Fields that every service has. No restart policy: a service that dies is a finding, not something to hide. */
export function common(context: LabContext, service: string, component: string): ComposeFragment {
  const limit = limitOf(context.config, context.machine, service, component);
  return {
    hostname: service,
    networks: ['lab'],
    logging: { driver: 'json-file', options: { 'max-size': '20m', 'max-file': '3' } },
    ...(limit ? { cpus: limit.cpus, mem_limit: limit.memoryBytes } : {}),
  };
}

/** A port published on 127.0.0.1 only, in compose's long syntax. */
export function published(hostPort: number, containerPort: number, protocol: 'tcp' | 'udp' = 'tcp'): ComposeFragment {
  return { mode: 'host', host_ip: '127.0.0.1', target: containerPort, published: String(hostPort), protocol };
}

/**
 * A container health check. Every probe is an exec into the container, tens of milliseconds of CPU for ever: frequent
 * while starting, seldom afterwards, where the engine knows start_interval (API 1.44); every intervalSeconds on older ones.
 */
export function healthcheck(context: LabContext, test: readonly string[], intervalSeconds = 2): ComposeFragment {
  const [, minor = 0] = context.engine.apiVersion.split('.').map(Number);
  const timing =
    minor >= 44
      ? { interval: '15s', start_period: '90s', start_interval: '500ms', retries: 3 }
      : { interval: `${intervalSeconds}s`, retries: 60 };
  return { test: ['CMD', ...test], timeout: '5s', ...timing };
}

/** A health check by bash alone: the TCP port accepts. */
export function tcpProbe(port: number): readonly string[] {
  return ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`];
}

/** A health check by bash alone: the HTTP path answers 200. */
export function httpProbe(port: number, path: string): readonly string[] {
  const request = `printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3 && read -r status <&3 && [[ $$status == *' 200 '* ]]`;
  return ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port} && ${request}`];
}
