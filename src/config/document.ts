// Renders lab.yaml and the table of docs/configuration.md from the schema, so that neither can go stale.
import { stringify } from 'yaml';
import { z } from 'zod';
import { configSchema } from './schema.ts';

/** One key of lab.yaml. */
export interface Key {
  /** dotted; `<name>` stands for a key of the user's choice */
  readonly path: string;
  readonly type: string;
  /** undefined: none, the key is absent by default */
  readonly default: unknown;
  readonly description: string;
}

interface Peeled {
  readonly schema: unknown;
  readonly default: unknown;
  readonly description: string;
  readonly type: string | undefined;
}

/** Takes off default, optional and prefault, keeping what they say. */
function peel(
  schema: unknown,
  outer: Omit<Peeled, 'schema'> = { default: undefined, description: '', type: undefined },
): Peeled {
  const meta = schema instanceof z.ZodType ? schema.meta() : undefined;
  const said = {
    default: outer.default,
    description: outer.description || (meta?.description ?? ''),
    type: outer.type ?? (typeof meta?.type === 'string' ? meta.type : undefined),
  };
  if (schema instanceof z.ZodDefault)
    return peel(schema.unwrap(), { ...said, default: said.default ?? schema.def.defaultValue });
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) return peel(schema.unwrap(), said);
  return { schema, ...said };
}

function typeName(schema: unknown): string {
  if (schema instanceof z.ZodEnum) return schema.options.join(' | ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].join(' | ');
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => typeName(peel(option).schema)).join(' | ');
  if (schema instanceof z.ZodBoolean) return 'true | false';
  if (schema instanceof z.ZodURL) return 'URL';
  if (schema instanceof z.ZodArray) return 'list of text';
  return schema instanceof z.ZodNumber ? 'number' : 'text';
}

/** Every key of the schema, in its order. */
export function configKeys(root: unknown = configSchema, path = ''): readonly Key[] {
  const { schema, ...said } = peel(root);
  const below = (key: string): string => (path ? `${path}.${key}` : key);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, child]) => configKeys(child, below(key)));
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return schema.options.flatMap((option) => configKeys(option, path));
  }
  const record = schema instanceof z.ZodRecord ? peel(schema.valueType).schema : undefined;
  if (record instanceof z.ZodObject) {
    const own: Key = { path, type: 'map', default: said.default, description: said.description };
    return [own, ...configKeys(record, below('<name>'))];
  }
  return [{ path, type: said.type ?? typeName(schema), default: said.default, description: said.description }];
}

/** The table of docs/configuration.md. */
export function renderTable(keys: readonly Key[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = keys.map((key) => {
    const value = key.default === undefined ? '' : `\`${inline(key.default)}\``;
    return `| \`${cell(key.path)}\` | ${cell(key.type)} | ${cell(value)} | ${cell(key.description)} |`;
  });
  return ['| key | type | default | what it does |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

/** lab.yaml with every key in a comment, beside its default. */
export function renderExample(keys: readonly Key[]): string {
  const lines: string[] = [];
  let section: readonly string[] = [];
  for (const key of keys) {
    const parts = key.path.split('.');
    const parents = parts.slice(0, -1);
    for (const [depth, parent] of parents.entries()) {
      if (section[depth] === parent && section.slice(0, depth).join() === parents.slice(0, depth).join()) continue;
      // a map's own line has been written already
      if (!keys.some((k) => k.path === parents.slice(0, depth + 1).join('.'))) lines.push(comment(depth, `${parent}:`));
    }
    section = parents;
    const value = key.default === undefined ? '' : ` ${inline(key.default)}`;
    const text = `${parts.at(-1)}:${key.type === 'map' ? '' : value}`;
    lines.push(`${comment(parents.length, text).padEnd(44)} # ${key.description} (${key.type})`);
  }
  return `# Configuration of the lab. Every key is optional; what is commented out shows the defaults.\n# npm run lab:up -- --set path=value overrides any of them for once. More: docs/configuration.md\n${lines.join('\n')}\n`;
}

function comment(depth: number, text: string): string {
  return `#${'  '.repeat(depth)}${text}`;
}

function inline(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : stringify(value).trim();
}
