import { describe, expect, it } from 'vitest';
import { dockerRun, inspectContainer, runContainer } from '../../src/run/command.ts';
import { planRun } from '../../src/run/plan.ts';
import { aConfig, aLab, aRequest, aScript, atMs } from './fixture.ts';

const load = { rate: 50, duration: '90s', vus: 20, env: { SHOP: "it's open" } };
const builtin = () => planRun(aLab('/repo'), aRequest(aScript('/repo'), load), atMs);
const own = () => planRun(aLab('/repo'), aRequest(aScript('/srv/shop', true), load), atMs);

describe('the k6 container', () => {
  it("of one of the lab's scenarios", async () => {
    await expect(`${JSON.stringify(runContainer(builtin()), null, 2)}\n`).toMatchFileSnapshot('golden/run.json');
  });

  it('as a docker run line', async () => {
    await expect(`${dockerRun(runContainer(builtin()))}\n`).toMatchFileSnapshot('golden/run.sh');
  });

  it('of k6 inspect', async () => {
    await expect(`${dockerRun(inspectContainer(builtin()))}\n`).toMatchFileSnapshot('golden/inspect.sh');
  });

  it("gives --vus and --duration to k6 itself for a user's own script, and to nothing else", () => {
    const flags = (input: ReturnType<typeof own>) =>
      runContainer(input).Cmd?.filter((word) => /^--(vus|dur)/.test(word));
    expect(flags(own())).toEqual(['--vus=20', '--duration=90s']);
    expect(flags(builtin())).toEqual([]);
    expect(flags({ ...own(), request: { env: {} } })).toEqual([]);
    expect(inspectContainer(own()).Env).toEqual(expect.arrayContaining(['K6_VUS=20', 'K6_DURATION=90s']));
  });

  it('does not use --tag, which would replace the tags of the script', () => {
    expect(runContainer(own()).Cmd?.filter((word) => word.startsWith('--tag'))).toEqual([]);
    expect(runContainer(own()).Env).toContain('K6_STATSD_CONST_TAGS=testid:20260102T030405Z-checkout-base,label:base');
  });

  it("with a foreign image uses --tag, and repeats the script's own tags", () => {
    const config = aConfig({ image: 'example.org/k6:1' });
    const input = {
      ...planRun(aLab('/repo', config), aRequest(aScript('/srv/shop', true)), atMs),
      scriptTags: { team: 'red', 'odd,tag': 'a"b' },
    };
    const container = runContainer(input);
    expect(container.Image).toBe('example.org/k6:1');
    expect(container.Cmd?.filter((word) => word.startsWith('--tag'))).toEqual([
      '--tag=label=base',
      '--tag="odd,tag=a""b"',
      '--tag=team=red',
      '--tag=testid=20260102T030405Z-checkout-base',
    ]);
    expect(container.Env?.filter((variable) => variable.startsWith('K6_STATSD_LEDGER'))).toEqual([]);
  });

  it("lets -e win over the configuration's k6.env", () => {
    const lab = aLab('/repo', aConfig({ env: { SHOP: 'configured', DEPTH: 3 } }));
    const { Cmd } = runContainer(planRun(lab, aRequest(aScript('/repo'), { env: { SHOP: 'given' } }), atMs));
    expect(Cmd).toEqual(expect.arrayContaining(['SHOP=given', 'DEPTH=3']));
    expect(Cmd).not.toContain('SHOP=configured');
  });
});
