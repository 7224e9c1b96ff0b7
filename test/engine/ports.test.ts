import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseSockets, portConflicts, portFault } from '../../src/engine/ports.ts';

describe('portConflicts', () => {
  it('names who holds a TCP port and a UDP port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const tcp = (server.address() as { readonly port: number }).port;
    const udp = socket.address().port;
    const conflicts = await portConflicts([
      { key: 'ports.kafka', port: tcp, protocol: 'tcp' },
      { key: 'ports.statsd', port: udp, protocol: 'udp' },
    ]);
    const expected = { denied: false, ...(process.platform === 'linux' ? { owner: { pid: process.pid } } : {}) };
    expect(conflicts).toMatchObject([
      { key: 'ports.kafka', port: tcp, ...expected },
      { key: 'ports.statsd', port: udp, ...expected },
    ]);
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => socket.close(resolve));
    expect(await portConflicts(conflicts)).toEqual([]);
  });

  it('reads sockets that listen, by port, from /proc/net', () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:9C40 0100007F:2384 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
`;
    expect([...parseSockets(text, 'tcp')]).toEqual([[9092, '4711']]);
  });
});

describe('portFault', () => {
  it('names port, key and owner, and how to choose another', () => {
    const fault = portFault([
      {
        key: 'ports.kafka',
        port: 9092,
        protocol: 'tcp',
        denied: false,
        owner: { pid: 42, command: 'java kafka.Kafka' },
      },
      { key: 'ports.statsd', port: 8125, protocol: 'udp', denied: false },
    ]);
    expect(fault).toMatchObject({
      code: 'PORT_TAKEN',
      message: 'port 9092/tcp (ports.kafka) is taken by process 42: java kafka.Kafka',
      hint: 'stop that program, or choose another port: --set ports.kafka=<port> or ports.kafka in lab.yaml',
      detail: 'port 8125/udp (ports.statsd) is taken',
    });
  });
});
