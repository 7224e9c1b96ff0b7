// The wall clock in microseconds, for times that one process writes and another one on the same machine reads.

/** The clock may be this far from the system's before it is set again: after a step of the system's time, say. */
const toleranceMs = 2;

/** A function that tells microseconds since 1970: as fine as the monotonic clock, as right as the system's. */
export function microsecondClock(
  wallMs: () => number = Date.now,
  monotonicMs: () => number = () => performance.now(),
): () => number {
  let offsetMs = wallMs() - monotonicMs();
  return () => {
    const wall = wallMs();
    const fine = offsetMs + monotonicMs();
    if (Math.abs(fine - wall) <= toleranceMs) return Math.round(fine * 1000);
    offsetMs = wall - monotonicMs();
    return wall * 1000;
  };
}
