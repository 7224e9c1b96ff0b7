// k6: described here like every service, but started once per run (compose profile k6).
import { k6Image } from '../images/k6/image.ts';
import { common } from './fragment.ts';
import type { LabContext, Service } from './service.ts';
import { socketSysctls, statsdSocket } from './statsd-exporter.ts';
import { targetBaseUrl } from './target.ts';

/** The load generator, on the lab's network, with the StatsD socket and tags on. */
export function k6(context: LabContext): readonly Service[] {
  const baseUrl = targetBaseUrl(context);
  return [
    {
      name: 'k6',
      component: 'k6',
      image: k6Image,
      compose: {
        ...common(context, 'k6', 'k6'),
        profiles: ['k6'],
        environment: {
          K6_STATSD_ENABLE_TAGS: 'true',
          K6_STATSD_ADDR: `unix://${statsdSocket.path}`,
          K6_STATSD_PUSH_INTERVAL: context.config.k6.pushInterval,
          K6_NO_USAGE_REPORT: 'true',
          ...(baseUrl ? { BASE_URL: baseUrl } : {}),
        },
        volumes: [`${statsdSocket.volume}:${statsdSocket.folder}`],
        sysctls: socketSysctls,
      },
      ready: { kind: 'on-demand' },
      readyTimeoutMs: 0,
    },
  ];
}
