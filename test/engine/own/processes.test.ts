import { describe, expect, it } from 'vitest';
import { engineLayout } from '../../../src/engine/own/layout.ts';
import { foreignDaemons, type HostProcess, hostProcesses, ownProcesses } from '../../../src/engine/own/processes.ts';

const layout = engineLayout({ paths: { project: '/p', lab: '/l', snapshots: '/s', cache: '/cache/kafka-load-lab' } });
const container = 'a'.repeat(64);

let pid = 0;
const running = (command: string, more: Partial<HostProcess> = {}): HostProcess => ({
  pid: ++pid,
  command: command.split(' '),
  network: 'net:[1]',
  cgroups: '',
  ...more,
});

const own = [
  running(`${layout.home}/20.10/usr/sbin/dockerd --host ${layout.host} --pidfile ${layout.pidFile}`),
  running(`containerd --config ${layout.exec}/containerd/containerd.toml --log-level info`),
  running(`${layout.home}/20.10/usr/bin/containerd-shim-runc-v2 -namespace moby -id ${container}`),
  running(`/usr/bin/containerd-shim-runc-v2 -address ${layout.exec}/containerd/containerd.sock`),
  running(`${layout.home}/20.10/usr/sbin/docker-proxy -proto tcp -host-port 9092`),
  running('java kafka.Kafka', { cgroups: `4:memory:/docker/${container}\n0::/docker/${container}` }),
];
const others = [
  running('dockerd --pidfile /var/run/docker.pid'),
  running('containerd --config /var/run/docker/containerd/containerd.toml'),
  running('docker-proxy -proto tcp -host-port 80'),
  running(`${layout.home}/20.10/usr/bin/docker compose up`),
  running(`cat ${layout.runtime}/exec/containerd/containerd.toml`),
  running('nginx', { cgroups: `0::/docker/${'b'.repeat(64)}` }),
];

describe('the processes of an engine', () => {
  it('are its daemon, its helpers and what runs in its containers; never somebody else’s', () => {
    const found = ownProcesses(layout, [...others, ...own], new Set([container]));
    expect(found).toEqual(own);
  });

  it('of two cache folders are told apart', () => {
    const other = engineLayout({
      paths: { project: '/p', lab: '/l', snapshots: '/s', cache: '/other/kafka-load-lab' },
    });
    expect(ownProcesses(other, own, new Set())).toEqual([]);
  });

  it('are read from /proc, this one among them', async () => {
    const self = (await hostProcesses()).find((candidate) => candidate.pid === process.pid);
    expect(self?.command.length).toBeGreaterThan(0);
    expect(self?.network).toMatch(/^net:\[\d+\]$/);
  });
});

describe('foreign daemons', () => {
  const self = running('node');

  it('are those that share the network namespace', () => {
    const elsewhere = running('dockerd --pidfile /x', { network: 'net:[2]' });
    const found = foreignDaemons(layout, [self, ...own, ...others, elsewhere], self.pid);
    expect(found.map(({ command }) => command.join(' '))).toEqual(['dockerd --pidfile /var/run/docker.pid']);
  });
});
