import { describe, expect, it } from 'vitest';
import { runId, scenarioName, validLabel } from '../../src/run/id.ts';

describe('a run id', () => {
  it('is the time in UTC, the scenario and the label', () => {
    expect(runId(Date.UTC(2026, 10, 21, 13, 48, 6, 789), 'orders', 'acks-all')).toBe(
      '20261121T134806Z-orders-acks-all',
    );
  });
});

describe('a label', () => {
  it.each(['base', 'acks-all', 'v1.2_3', 'A', '0', 'x'.repeat(40)])('may be %s', (label) => {
    expect(validLabel(label)).toBe(label);
  });

  it.each(['', 'a b', 'a/b', '../x', '.hidden', '-x', 'ä', 'a:b', 'a,b', 'x'.repeat(41)])(
    'may not be "%s"',
    (label) => {
      expect(() => validLabel(label)).toThrow(expect.objectContaining({ code: 'LABEL_INVALID', exit: 2 }));
    },
  );
});

describe("a scenario's name", () => {
  it.each([
    ['checkout.js', 'checkout'],
    ['Check Out.test.ts', 'check-out-test'],
    ['äöü.js', 'script'],
  ])('of %s is %s', (file, name) => expect(scenarioName(file)).toBe(name));
});
