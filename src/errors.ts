// The one error class of the lab, and the exit code that each kind of failure maps to.

/** Process exit codes, documented for users in docs/exit-codes.md. */
export const exitCode = {
  ok: 0,
  /** a bug in the lab itself */
  internal: 1,
  /** wrong usage or configuration */
  usage: 2,
  /** the lab failed: engine, images, a service */
  lab: 3,
  /** the run finished, but its figures cannot be trusted (samples lost, no per-API tags, sums that do not close) */
  untrusted: 6,
  /** k6 thresholds crossed (k6 exits 99) */
  thresholds: 10,
  /** the script threw or does not compile (k6 exits 107 or 104) */
  script: 11,
  /** the script called test.abort() (k6 exits 108) */
  aborted: 12,
  /** k6 was killed, most often for lack of memory (137) */
  killed: 13,
  /** k6 ended in a way that the lab does not know */
  k6: 14,
  /** interrupted by Ctrl-C or SIGTERM */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export interface Fault {
  /** stable, upper-case, for scripts and tests: PORT_TAKEN, CONFIG_UNKNOWN_KEY … */
  readonly code: string;
  /** what happened and where, one sentence */
  readonly message: string;
  /** what to do next */
  readonly hint: string;
  /** supporting lines: the last lines of a container's log, a compiler's output */
  readonly detail?: string;
  readonly exit?: ExitCode;
  readonly cause?: unknown;
}

/** A failure that the user can act on. Anything else that is thrown is a bug in the lab. */
export class LabError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly detail: string | undefined;
  readonly exit: ExitCode;

  constructor(fault: Fault) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.name = 'LabError';
    this.code = fault.code;
    this.hint = fault.hint;
    this.detail = fault.detail;
    this.exit = fault.exit ?? exitCode.lab;
  }
}

/** A warning is a value that travels with the result; nothing is only printed. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** A warning as a user sees it, without a line end: `warning CODE: message`, then the hint. */
export function renderWarning({ code, message, hint }: Warning): string {
  return `warning ${code}: ${message.replaceAll('\n', '\n  ')}${hint ? `\n  hint: ${hint}` : ''}`;
}

/** Text of a fault as a user sees it: `error CODE: message`, the detail indented, then the hint. */
export function renderError(error: LabError): string {
  const detail = error.detail ? `\n${error.detail.replace(/^/gm, '    ')}` : '';
  return `error ${error.code}: ${error.message}${detail}\n  hint: ${error.hint}\n`;
}
