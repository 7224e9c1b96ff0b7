import { describe, expect, it } from 'vitest';
import { parseRunOptions } from '../../src/run/options.ts';
import { anIo } from './fixture.ts';

describe('the command line of lab:run', () => {
  it('needs a scenario only', () => {
    expect(parseRunOptions(['smoke'], anIo())).toEqual({ script: 'smoke', label: 'run', env: {}, dryRun: false });
  });

  it('takes the load, the environment and configuration', () => {
    const args = 'orders --label acks-all --rate 2.5 --duration 1m30s --vus 20 -e A=1=2 -e HOME --set brokers=3';
    expect(parseRunOptions(args.split(' '), anIo({ env: { HOME: '/home/me' } }))).toEqual({
      script: 'orders',
      label: 'acks-all',
      rate: 2.5,
      duration: '1m30s',
      vus: 20,
      env: { A: '1=2', HOME: '/home/me' },
      set: ['brokers=3'],
      dryRun: false,
    });
  });

  it.each([
    ['--rate 0', /--rate.*above 0/],
    ['--rate fast', /--rate.*above 0/],
    ['--vus 1.5', /--vus.*whole number/],
    ['--duration 90', /--duration.*such as 90s/],
    ['--duration 0s', /--duration.*such as 90s/],
    ['--nope', /unknown option '--nope'/],
    ['another', /too many arguments/],
  ])('refuses %s', (args, said) => {
    const io = anIo();
    expect(() => parseRunOptions(['smoke', ...args.split(' ')], io)).toThrow();
    expect(io.printed()).toMatch(said);
  });

  it('refuses -e without a name, and a label that is none', () => {
    expect(() => parseRunOptions(['smoke', '-e', '=x'], anIo())).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => parseRunOptions(['smoke', '--label', 'a b'], anIo())).toThrow(
      expect.objectContaining({ code: 'LABEL_INVALID' }),
    );
  });
});
