// What may be changed from outside: `lab:run`'s --rate, --duration and --vus arrive as LAB_RATE, LAB_DURATION and LAB_VUS.

/** A scenario's own figures, each of which the environment may replace. */
export interface Load {
  /** iterations started per second, at the scenario's peak */
  readonly rate: number;
  /** length of the measured part in seconds */
  readonly durationS: number;
  /** VUs made before the start: as many iterations can be under way at once */
  readonly vus: number;
}

/** The load to use: the scenario's defaults with what the environment overrides. Throws for values that are no number. */
export function overridden(defaults: Load): Load {
  return {
    rate: __ENV.LAB_RATE ? positive('LAB_RATE', __ENV.LAB_RATE) : defaults.rate,
    durationS: __ENV.LAB_DURATION ? seconds('LAB_DURATION', __ENV.LAB_DURATION) : defaults.durationS,
    vus: __ENV.LAB_VUS ? Math.ceil(positive('LAB_VUS', __ENV.LAB_VUS)) : defaults.vus,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name}=${text} is not a positive number`);
  return value;
}

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a duration as k6 writes it: 90s, 1m30s, 500ms. */
function seconds(name: string, text: string): number {
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text))
    throw new Error(`${name}=${text} is not a duration such as 90s or 1m30s`);
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)].reduce(
    (sum, [, value, unit]) => sum + Number(value) * (unitSeconds[unit ?? 's'] ?? 1),
    0,
  );
}
