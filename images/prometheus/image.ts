// Prometheus: upstream's 3.x, or one of two stand-ins: Debian's 2.42 in seconds, 3.5 LTS from its Go module in minutes.
import type { ImageBuild, ImageDescriptor } from '../../src/images/descriptor.ts';
import { busyboxImage } from '../busybox/image.ts';

export type PrometheusBuild = '2.42' | '3.5';

/** The image whose stand-in is of this version line. */
export function prometheusImage(build: PrometheusBuild): ImageDescriptor {
  return {
    name: 'prometheus',
    pull: { repository: 'prom/prometheus', tag: 'v3.14.0' },
    build: build === '3.5' ? fromModule : fromDebian,
  };
}

const fromDebian: ImageBuild = {
  folder: 'images/prometheus',
  dockerfile: 'Dockerfile.debian',
  version: '2.42.0',
  base: busyboxImage,
  artifacts: [
    {
      kind: 'deb',
      // the C library it is linked to, and the web pages' parts, which Debian packs apart
      packages: [
        'prometheus',
        'libc6',
        'fonts-glyphicons-halflings',
        'libjs-bootstrap4',
        'libjs-d3',
        'libjs-eonasdan-bootstrap-datetimepicker',
        'libjs-jquery',
        'libjs-jquery-hotkeys',
        'libjs-moment',
        'libjs-moment-timezone',
        'libjs-mustache',
        'libjs-popper.js',
        'libjs-rickshaw',
      ],
      into: 'debian',
    },
  ],
};

/** Without service discoveries, which the lab's scrape file does not use, without promtool and without a web interface. */
const fromModule: ImageBuild = {
  folder: 'images/prometheus',
  dockerfile: 'Dockerfile.module',
  version: '3.5.0',
  base: busyboxImage,
  artifacts: [
    {
      kind: 'go-module',
      module: 'github.com/prometheus/prometheus',
      version: 'v0.305.0',
      package: './cmd/prometheus',
      binary: 'prometheus',
      tags: ['remove_all_sd'],
      ldflags: '-X github.com/prometheus/common/version.Version=3.5.0',
    },
  ],
};
