// Moments and ages as a user writes them: 2026-01-02T03:04:05Z, 10m (ago), now, 30d.
import { exitCode, LabError } from '../errors.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of an age such as 90s, 10m, 2h, 30d, 4w. Fault USAGE. */
export function parseAge(text: string, option: string): number {
  const match = /^(\d+)([smhdw])$/.exec(text);
  if (match?.[1] && match[2]) return Number(match[1]) * (unitMs[match[2]] ?? 0);
  throw usage(option, text, 'use a number with s, m, h, d or w, such as 30d');
}

/** Milliseconds since the epoch of `now`, an age (that long ago), or a date and time with its zone. Fault USAGE. */
export function parseMoment(text: string, option: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  if (/^\d+[smhdw]$/.test(text)) return nowMs - parseAge(text, option);
  const timeMs = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw usage(option, text, 'use now, 10m (ten minutes ago), or a time with its zone such as 2026-01-02T03:04:05Z');
}

function usage(option: string, text: string, hint: string): LabError {
  return new LabError({
    code: 'USAGE',
    message: `${option} ${JSON.stringify(text)} is not understood`,
    hint,
    exit: exitCode.usage,
  });
}
