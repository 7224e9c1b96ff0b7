// Picks addresses for the engine's networks that no route of this machine uses already.

/** A range of IPv4 addresses: first address as a number, and the number of leading bits. */
export interface Range {
  readonly base: number;
  readonly bits: number;
}

export interface EngineAddresses {
  /** the default bridge's own address, e.g. 10.201.128.1/24 */
  readonly bridge: string;
  /** pool of networks, 24 bits each, e.g. 10.201.0.0/17 */
  readonly pool: string;
}

/** The destinations in the text of /proc/net/route, without the default route. */
export function parseRoutes(text: string): readonly Range[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length > 7)
    .map((fields) => ({ base: littleEndian(fields[1] ?? ''), bits: bitCount(littleEndian(fields[7] ?? '')) }))
    .filter((range) => range.bits > 0);
}

function littleEndian(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return bytes.reduceRight((sum, byte) => sum * 256 + Number.parseInt(byte, 16), 0);
}

function bitCount(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}

function overlap(a: Range, b: Range): boolean {
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}

/** The first free /16: 10.201 to 10.254, then 172.16 to 172.31; undefined when all are routed somewhere. */
export function chooseAddresses(routes: readonly Range[]): EngineAddresses | undefined {
  const blocks = [
    ...Array.from({ length: 54 }, (_, index) => [10, 201 + index] as const),
    ...Array.from({ length: 16 }, (_, index) => [172, 16 + index] as const),
  ];
  const free = blocks.find(([first, second]) => {
    const block = { base: (first * 256 + second) * 65_536, bits: 16 };
    return !routes.some((route) => overlap(route, block));
  });
  if (!free) return undefined;
  const block = free.join('.');
  return { bridge: `${block}.128.1/24`, pool: `${block}.0.0/17` };
}
