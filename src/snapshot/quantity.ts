// How a value with a unit is written for a person: three significant digits, a fitting prefix.
import prettyBytes from 'pretty-bytes';

/** `value` in the catalogue's unit; null, for a figure that is not a number, is a dash. */
export function formatQuantity(value: number | null, unit: string): string {
  if (value === null) return '–';
  switch (unit) {
    case 'seconds':
      return formatSeconds(value);
    case 'bytes':
      return prettyBytes(value, { binary: true });
    case 'bytes/s':
      return `${prettyBytes(value, { binary: true })}/s`;
    case 'ratio':
      return `${digits(value * 100)} %`;
    case '1/s':
      return `${digits(value)}/s`;
    case 'messages/s':
      return `${digits(value)} msg/s`;
    case 'cores':
      return `${digits(value)} cores`;
    default:
      return digits(value);
  }
}

function formatSeconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${digits(value * 1e6)} µs`;
  if (size < 1) return `${digits(value * 1e3)} ms`;
  return `${digits(value)} s`;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** Whole numbers in full, others to three significant digits; thousands are grouped. */
function digits(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? whole.format(value) : three.format(value);
}

/** A count in full. */
export function formatCount(value: number): string {
  return whole.format(value);
}
