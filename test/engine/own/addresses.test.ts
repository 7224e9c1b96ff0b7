import { describe, expect, it } from 'vitest';
import { chooseAddresses, parseRoutes } from '../../../src/engine/own/addresses.ts';

const routes = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t0000C90A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

describe('addresses of the engine’s networks', () => {
  it('are read from the routing table, without the default route', () => {
    expect(parseRoutes(routes)).toEqual([
      { base: 10 * 2 ** 24 + 201 * 2 ** 16, bits: 24 },
      { base: 192 * 2 ** 24 + 2 * 2 ** 8, bits: 24 },
    ]);
  });

  it('start at 10.201', () => {
    expect(chooseAddresses([])).toEqual({ bridge: '10.201.128.1/24', pool: '10.201.0.0/17' });
  });

  it('avoid what is routed already, however large or small', () => {
    expect(chooseAddresses(parseRoutes(routes))?.pool).toBe('10.202.0.0/17');
    expect(chooseAddresses([{ base: 10 * 2 ** 24, bits: 8 }])?.pool).toBe('172.16.0.0/17');
    expect(chooseAddresses([{ base: 10 * 2 ** 24 + 201 * 2 ** 16 + 7, bits: 32 }])?.pool).toBe('10.202.0.0/17');
  });

  it('are none where everything is routed', () => {
    const all = [
      { base: 10 * 2 ** 24, bits: 8 },
      { base: 172 * 2 ** 24 + 16 * 2 ** 16, bits: 12 },
    ];
    expect(chooseAddresses(all)).toBeUndefined();
  });
});
