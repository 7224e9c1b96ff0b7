// The microsecond clock follows the system's time, with the resolution of the monotonic one.
import { expect, it } from 'vitest';
import { microsecondClock } from '../../target/src/clock.ts';

function fake() {
  const time = { wall: 1_000_000, monotonic: 500 };
  const now = microsecondClock(
    () => time.wall,
    () => time.monotonic,
  );
  return { time, now };
}

it('is finer than a millisecond', () => {
  const { time, now } = fake();
  const first = now();
  time.monotonic += 0.25;
  expect(now() - first).toBe(250);
});

it('follows a step of the system time', () => {
  const { time, now } = fake();
  time.wall += 3_600_000;
  expect(now()).toBe(4_600_000_000);
  time.monotonic += 1.5;
  time.wall += 1;
  expect(now()).toBe(4_600_001_500);
});
