// Reads k6's log lines (logrus text: `time="…" level=error msg="…" source=…`) for what went wrong, bounded in memory.

export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface LogDigest {
  /** errors that are not exceptions of an iteration; the first ones */
  readonly errors: readonly string[];
  /** warnings, the first ones, without repetition */
  readonly warnings: readonly string[];
  /** exceptions in iterations: k6 logs them, goes on, and exits 0 */
  readonly exceptions: { readonly count: number; readonly first?: string };
}

/** How many different messages of a kind are kept. */
const kept = 20;

/** One line of k6's log; undefined for anything else, such as the summary. */
export function parseLogLine(line: string): LogEntry | undefined {
  if (!/^time=\S/.test(line)) return undefined;
  const fields: Record<string, string> = {};
  for (const [, key = '', quoted, bare] of line.matchAll(/([\w.-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)) {
    fields[key] = quoted === undefined ? (bare ?? '') : unquote(quoted);
  }
  const { level = '', msg = '', ...rest } = fields;
  return { level, message: msg.trim(), fields: rest };
}

/** Collects what a log says, line by line. */
export function logDigest(): { readonly add: (line: string) => void; readonly result: () => LogDigest } {
  const errors = new Set<string>();
  const warnings = new Set<string>();
  let count = 0;
  let first: string | undefined;
  return {
    add: (line) => {
      const entry = parseLogLine(line);
      if (!entry) return;
      // an exception of an iteration carries the scenario that it happened in, those of setup and init do not
      if (entry.level === 'error' && entry.fields.source === 'stacktrace' && entry.fields.scenario !== undefined) {
        count += 1;
        first ??= entry.message;
      } else if (entry.level === 'error' || entry.level === 'fatal' || entry.level === 'panic') {
        if (entry.fields.source !== 'console' && errors.size < kept) errors.add(withError(entry));
      } else if (entry.level === 'warning' && entry.fields.source !== 'console' && warnings.size < kept) {
        warnings.add(withError(entry));
      }
    },
    result: () => ({
      errors: [...errors],
      warnings: [...warnings],
      exceptions: { count, ...(first === undefined ? {} : { first }) },
    }),
  };
}

function withError(entry: LogEntry): string {
  return entry.fields.error ? `${entry.message}: ${entry.fields.error}` : entry.message;
}

function unquote(text: string): string {
  // Go's %q is nearly JSON: \x.. and \a, \v are not, and stay as they are
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\"', '"');
  }
}
