// A user's own system in place of the built-in one: the example in docs/, as its page says.
import { afterAll, describe, expect, it } from 'vitest';
import type { ServiceStatus } from '../../src/lab/status.ts';
import { said, verb } from '../driver.ts';

const config = ['--config', 'docs/examples/own-target/lab.yaml'];

describe.sequential('the example of an own target', () => {
  const env: Record<string, string> = {};
  afterAll(() => verb('down', ['--volumes'], { env }));

  it('borrows the image that lab:images names', async () => {
    const images = await verb('images', ['--json']);
    const listed = JSON.parse(images.stdout.slice(images.stdout.indexOf('{\n'))) as {
      readonly images: readonly { readonly name: string; readonly reference: string }[];
    };
    env.SHOP_IMAGE = listed.images.find((image) => image.name === 'target')?.reference ?? 'none';
    expect(env.SHOP_IMAGE).toMatch(/^kafka-load-lab\/target:/);
  });

  it('is loaded by its own script, scraped, and its requests add up', async () => {
    const run = await verb('run', [...config, 'docs/examples/own-target/clicks.ts', '--label', 'clicks'], { env });
    expect(run.exitCode, said(run)).toBe(0);
    expect(run.stdout).toMatch(/all \d+ sums close/);
    const rows = JSON.parse((await verb('status', ['--json'], { env })).stdout) as ServiceStatus[];
    expect(rows.find((row) => row.service === 'shop')).toMatchObject({ state: 'ready', image: 'yours' });
    expect(rows.map((row) => row.service)).not.toContain('gateway');
  });

  it('is refused when compose does not accept its file', async () => {
    const up = await verb('up', config, { env: { SHOP_IMAGE: '' } });
    expect(up.exitCode).toBe(3);
    expect(up.stderr).toContain('error TARGET_COMPOSE');
    expect(up.stderr).toContain('SHOP_IMAGE');
  });
});
