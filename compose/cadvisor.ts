// cAdvisor: CPU, throttling, memory and network of the lab's own containers.
import { cadvisorImage } from '../images/cadvisor/image.ts';
import { common, healthcheck, published } from './fragment.ts';
import type { LabContext, Service } from './service.ts';

const port = 8080;
const projectLabel = 'com.docker.compose.project';
const serviceLabel = 'com.docker.compose.service';

/** cAdvisor, unless lab.yaml turns it off. */
export function cadvisor(context: LabContext): readonly Service[] {
  const { config, engine } = context;
  if (!config.services.cadvisor) return [];
  const url = `http://127.0.0.1:${config.ports.cadvisor}/metrics`;
  return [
    {
      name: 'cadvisor',
      component: 'cadvisor',
      image: cadvisorImage,
      optional: true,
      compose: {
        ...common(context, 'cadvisor', 'cadvisor'),
        command: [
          '--docker_only=true',
          `--housekeeping_interval=${config.prometheus.scrapeInterval}`,
          '--allow_dynamic_housekeeping=false',
          '--store_container_labels=false',
          `--whitelisted_container_labels=${projectLabel},${serviceLabel}`,
          `--disable_metrics=${disabledMetrics.join(',')}`,
        ],
        // real socket and data root of this engine: neither is where documentation says on every machine
        volumes: [
          `${engine.socketPath}:/var/run/docker.sock:ro`,
          '/:/rootfs:ro',
          '/sys:/sys:ro',
          `${engine.dataRoot}:${engine.dataRoot}:ro`,
        ],
        ports: [published(config.ports.cadvisor, port)],
        // upstream's own check runs every 30 s: `compose up --wait` would wait for the first one. It cannot be disabled
        // either, because --wait then refuses the container
        healthcheck: healthcheck(context, ['wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${port}/healthz`], 5),
      },
      scrape: [
        {
          job: 'cadvisor',
          targets: [`cadvisor:${port}`],
          metricRelabel: [
            {
              source_labels: ['__name__', `container_label_${projectLabel.replaceAll('.', '_')}`],
              separator: ';',
              regex: `container_.*;${config.name}|(?:machine_|cadvisor_|go_|process_).*;.*`,
              action: 'keep',
            },
            // the short name that queries use; compose's own label stays for dashboards from elsewhere
            {
              source_labels: [`container_label_${serviceLabel.replaceAll('.', '_')}`],
              regex: '(.+)',
              target_label: 'service',
            },
          ],
        },
      ],
      ready: { kind: 'series', url, series: 'container_cpu_usage_seconds_total' },
      readyTimeoutMs: 60_000,
      url,
    },
  ];
}

/** cAdvisor's default list (a value replaces it), and what no panel reads. */
const disabledMetrics = [
  'advtcp',
  'cpu_topology',
  'cpuset',
  'hugetlb',
  'memory_numa',
  'percpu',
  'process',
  'referenced_memory',
  'resctrl',
  'sched',
  'tcp',
  'udp',
];
