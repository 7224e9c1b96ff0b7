// The engine's answers about containers, read as the lab needs them.
import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { labContainers, lastLines } from '../../src/lab/containers.ts';

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('containers of the lab', () => {
  it.each([
    ['Up 3 seconds (healthy)', 'healthy'],
    ['Up 3 seconds (health: starting)', 'starting'],
    ['Up 3 minutes (unhealthy)', 'unhealthy'],
    ['Up 3 seconds', undefined],
    ['Exited (1) 2 seconds ago', undefined],
  ])('have the health that docker ps shows: %s', async (status, health) => {
    const api = {
      listContainers: async () => [
        {
          Id: 'abc',
          Labels: { 'com.docker.compose.service': 'kafka-1' },
          State: 'running',
          Status: status,
          Image: 'i',
          Ports: [{ PublicPort: 9092 }, { PublicPort: 9092 }, {}],
        },
      ],
    } as unknown as Docker;
    const found = await labContainers(api, 'lab');
    expect(found.get('kafka-1')).toMatchObject({ id: 'abc', health, status, publishedPorts: [9092] });
  });

  it('give their log without the frames of the engine', async () => {
    const raw = Buffer.concat([frame(1, 'one\n'), frame(2, 'twö\n')]);
    const api = { getContainer: () => ({ logs: async () => raw }) } as unknown as Docker;
    expect(await lastLines(api, 'abc')).toBe('one\ntwö');
  });
});
