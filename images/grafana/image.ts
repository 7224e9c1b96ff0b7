// Grafana: no package registry carries it, so it is there only where a container registry answers.
import type { ImageDescriptor } from '../../src/images/descriptor.ts';

export const grafanaImage: ImageDescriptor = {
  name: 'grafana',
  pull: { repository: 'grafana/grafana', tag: '13.2.3' },
  onlyPulled:
    'Grafana is in no package registry and can only be pulled; its dashboards are written to .lab/ all the same',
};
