// Which of the lab's ports are taken on this machine, and by whom.
import { createSocket } from 'node:dgram';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { LabError } from '../errors.ts';

export interface PublishedPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** where it is configured: ports.kafka */
  readonly key: string;
}

export interface PortConflict extends PublishedPort {
  /** who holds it, where /proc tells */
  readonly owner?: { readonly pid: number; readonly command: string };
  /** this user may not open it: ports below 1024 */
  readonly denied: boolean;
}

/** The ports that cannot be opened on 127.0.0.1 right now. Owners are looked for on Linux. */
export async function portConflicts(ports: readonly PublishedPort[]): Promise<readonly PortConflict[]> {
  const tried = await Promise.all(ports.map(async (port) => ({ ...port, fault: await tryPort(port) })));
  const taken = tried.filter(({ fault }) => fault === 'EADDRINUSE' || fault === 'EACCES');
  if (taken.length === 0) return [];
  const owners = await portOwners(taken);
  return taken.map(({ fault, ...port }) => {
    const owner = owners.get(portName(port));
    return { ...port, denied: fault === 'EACCES', ...(owner ? { owner } : {}) };
  });
}

/** PORT_TAKEN for the first of some conflicts; the others in the detail. */
export function portFault(conflicts: readonly PortConflict[]): LabError {
  const lines = conflicts.map(describeConflict);
  const key = conflicts[0]?.key ?? 'ports.…';
  return new LabError({
    code: 'PORT_TAKEN',
    message: lines[0] ?? 'a port is taken',
    hint: `stop that program, or choose another port: --set ${key}=<port> or ${key} in lab.yaml`,
    ...(lines.length > 1 ? { detail: lines.slice(1).join('\n') } : {}),
  });
}

/** One conflict as a sentence. */
export function describeConflict(conflict: PortConflict): string {
  const what = `port ${conflict.port}/${conflict.protocol} (${conflict.key})`;
  if (conflict.denied) return `${what} may not be opened by this user`;
  const { owner } = conflict;
  return owner ? `${what} is taken by process ${owner.pid}: ${owner.command}` : `${what} is taken`;
}

function portName({ port, protocol }: Pick<PublishedPort, 'port' | 'protocol'>): string {
  return `${port}/${protocol}`;
}

/** The error code of opening a port on 127.0.0.1; undefined when it can be opened. */
function tryPort({ port, protocol }: PublishedPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    if (protocol === 'udp') {
      const socket = createSocket('udp4');
      socket.once('error', failed);
      socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(undefined)));
    } else {
      const server = createServer();
      server.once('error', failed);
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(undefined)));
    }
  });
}

/** Socket inodes by port in the text of /proc/net/tcp, tcp6, udp or udp6; of listening sockets where it is TCP. */
export function parseSockets(text: string, protocol: 'tcp' | 'udp'): ReadonlyMap<number, string> {
  const listening = protocol === 'tcp' ? '0A' : '07';
  const sockets = new Map<number, string>();
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local, , state] = fields;
    const inode = fields[9];
    if (local && inode && state === listening) sockets.set(Number.parseInt(local.split(':')[1] ?? '', 16), inode);
  }
  return sockets;
}

type Owner = NonNullable<PortConflict['owner']>;

async function portOwners(ports: readonly PublishedPort[]): Promise<ReadonlyMap<string, Owner>> {
  const inodes = new Map<string, string>();
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const file of [`/proc/net/${protocol}6`, `/proc/net/${protocol}`]) {
      const sockets = parseSockets(await readFile(file, 'utf8').catch(() => ''), protocol);
      for (const port of ports.filter((wanted) => wanted.protocol === protocol)) {
        const inode = sockets.get(port.port);
        if (inode) inodes.set(`socket:[${inode}]`, portName(port));
      }
    }
  }
  const owners = new Map<string, Owner>();
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
        const port = inodes.get(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''));
        if (!port || owners.has(port)) continue;
        const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').join(' ').trim();
        owners.set(port, { pid: Number(pid), command: command.slice(0, 120) });
      }
    }),
  );
  return owners;
}
