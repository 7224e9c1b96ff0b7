// Reads lab.yaml and --set overrides into a valid Config; every fault names file, line, column and path.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { type Document, isScalar, LineCounter, parse, parseDocument, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { exitCode, LabError } from '../errors.ts';
import { allowedKeys, keyPaths } from './keys.ts';
import { type Config, configSchema } from './schema.ts';

export interface ConfigSource {
  /** path as the user would write it, for messages */
  readonly file: string;
  readonly text: string;
}

export interface LoadOptions {
  /** another file than lab.yaml; it must exist */
  readonly config?: string | undefined;
  /** `path=value`, applied in order over the file; the value is read as YAML */
  readonly set?: readonly string[] | undefined;
}

/** Reads lab.yaml of a project (absent: all defaults). Errors: CONFIG_NOT_FOUND and those of parseConfig. */
export async function loadConfig(project: string, options: LoadOptions = {}): Promise<Config> {
  const file = path.resolve(project, options.config ?? 'lab.yaml');
  const shown = path.relative(project, file) || file;
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (options.config !== undefined || (cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw fault(
        'CONFIG_NOT_FOUND',
        `cannot read ${shown}: ${(cause as Error).message}`,
        'check the path after --config',
        cause,
      );
    }
  }
  return parseConfig({ file: shown, text }, options.set ?? []);
}

/** Parses configuration text. Errors: CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_INVALID, CONFIG_SET. */
export function parseConfig(source: ConfigSource, set: readonly string[] = []): Config {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax) {
    throw fault(
      'CONFIG_SYNTAX',
      `${position(source.file, lines, syntax.pos[0])}: ${syntax.message}`,
      'the file is YAML: check indentation and quotes on this line',
    );
  }
  const value: unknown = withoutEmpty(document.toJS()) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw fault(
      'CONFIG_INVALID',
      `${source.file}:1:1: the file must hold keys and values`,
      'see docs/configuration.md',
    );
  }
  const overrides = set.map(parseOverride);
  for (const override of overrides) assign(value as Record<string, unknown>, override);

  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  if (!first) throw parsed.error;
  const where = (issuePath: readonly PropertyKey[]): string => {
    const dotted = issuePath.join('.');
    const override = overrides.findLast(
      (o) => o.path.join('.') === dotted || dotted.startsWith(`${o.path.join('.')}.`),
    );
    return override ? `--set ${override.text}` : locate(source.file, document, lines, issuePath);
  };
  throw explain(first, where, parsed.error.issues.length);
}

/** A key with nothing after it (`network:` with all its lines commented out) counts as absent. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (child === null ? [] : [[key, withoutEmpty(child)]])),
  );
}

interface Override {
  readonly text: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** `a.b.c=value`; a key that itself holds dots is quoted: topics."my.topic".partitions=3 */
function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const keys = [...text.slice(0, Math.max(0, equals)).matchAll(/"([^"]+)"|([^."]+)/g)].map((m) => m[1] ?? m[2] ?? '');
  if (equals < 1 || keys.length === 0) {
    throw fault('CONFIG_SET', `--set ${text}: not of the form path=value`, 'for example --set brokers=3');
  }
  try {
    return { text, path: settingsPath(keys), value: parse(text.slice(equals + 1)) };
  } catch (cause) {
    throw fault(
      'CONFIG_SET',
      `--set ${text}: ${(cause as Error).message}`,
      'the value is read as YAML; quote it',
      cause,
    );
  }
}

/** Kafka's own keys hold dots: below a free-form map of scalars the rest of the path is one key. */
function settingsPath(keys: readonly string[]): readonly string[] {
  const open = keyPaths(configSchema).map((p) => p.split('.'));
  for (const pattern of open) {
    const last = pattern.length - 1;
    if (pattern[last] !== '*' || keys.length <= pattern.length) continue;
    if (pattern.slice(0, last).every((part, i) => part === '*' || part === keys[i])) {
      return [...keys.slice(0, last), keys.slice(last).join('.')];
    }
  }
  return keys;
}

function assign(target: Record<string, unknown>, { path: keys, value }: Override): void {
  const last = keys.at(-1) ?? '';
  const holder = keys.slice(0, -1).reduce<Record<string, unknown>>((node, key) => {
    const child = node[key];
    if (typeof child === 'object' && child !== null) return child as Record<string, unknown>;
    const created: Record<string, unknown> = {};
    node[key] = created;
    return created;
  }, target);
  holder[last] = value;
}

function explain(
  issue: z.core.$ZodIssue,
  where: (path: readonly PropertyKey[]) => string,
  issueCount: number,
): LabError {
  const more = issueCount > 1 ? ` (and ${issueCount - 1} more)` : '';
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const parent = issue.path.map(String);
    const allowed = allowedKeys(configSchema, parent);
    const nearest = allowed.length > 0 ? closest(key, [...allowed]) : undefined;
    const near = nearest && distance(key, nearest) <= Math.max(2, key.length / 2) ? `did you mean "${nearest}"? ` : '';
    return fault(
      'CONFIG_UNKNOWN_KEY',
      `${where([...issue.path, key])}: unknown key "${[...parent, key].join('.')}"${more}`,
      `${near}allowed here: ${allowed.join(', ') || 'nothing'}`,
    );
  }
  const dotted = issue.path.join('.') || '(the whole file)';
  const detail = issue.code === 'invalid_union' ? unionMessage(issue) : issue.message;
  return fault(
    'CONFIG_INVALID',
    `${where(issue.path)}: ${dotted}: ${detail}${more}`,
    'docs/configuration.md lists every key with its type and default',
  );
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const alternatives = issue.errors.flat().map((e) => e.message);
  return alternatives.length > 0 ? [...new Set(alternatives)].join(', or ') : issue.message;
}

function locate(file: string, document: Document, lines: LineCounter, issuePath: readonly PropertyKey[]): string {
  const keys = issuePath.map((k) => (typeof k === 'symbol' ? String(k) : k));
  for (let length = keys.length; length > 0; length--) {
    const parent = (
      length === 1 ? document.contents : document.getIn(keys.slice(0, length - 1), true)
    ) as YAMLMap | null;
    const pair = parent?.items?.find?.(
      (item) => isScalar(item.key) && String(item.key.value) === String(keys[length - 1]),
    );
    const node = isScalar(pair?.key) ? pair.key : undefined;
    if (node?.range) return position(file, lines, node.range[0]);
  }
  return `${file}:1:1`;
}

function position(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
}

function fault(code: string, message: string, hint: string, cause?: unknown): LabError {
  return new LabError({ code, message, hint, exit: exitCode.usage, ...(cause === undefined ? {} : { cause }) });
}
