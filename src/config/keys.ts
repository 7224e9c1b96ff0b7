// Which keys the schema allows at a path, read off the schema itself so that messages never go stale.
import { z } from 'zod';

type Path = readonly (string | number)[];

/** Schemas under wrappers such as default, optional and prefault; a union gives all of its members. */
function members(schema: unknown): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return members(schema.unwrap());
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(members);
  return schema instanceof z.ZodType ? [schema] : [];
}

function step(schema: z.core.$ZodType, key: string | number): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) return members(schema.shape[key]);
  if (schema instanceof z.ZodRecord) return members(schema.valueType);
  if (schema instanceof z.ZodArray) return members(schema.element);
  return [];
}

function at(root: z.core.$ZodType, path: Path): readonly z.core.$ZodType[] {
  return path.reduce<readonly z.core.$ZodType[]>((found, key) => found.flatMap((s) => step(s, key)), members(root));
}

/** Keys that may stand below `path`; empty where any key may, or none. */
export function allowedKeys(root: z.core.$ZodType, path: Path): readonly string[] {
  const keys = at(root, path).flatMap((s) => (s instanceof z.ZodObject ? Object.keys(s.shape) : []));
  return [...new Set(keys)].sort();
}

/** Every key path of the schema, dotted, with `*` for a free key: what --set accepts. */
export function keyPaths(root: z.core.$ZodType, prefix = ''): readonly string[] {
  return [
    ...new Set(
      members(root).flatMap((schema) => {
        if (schema instanceof z.ZodObject) {
          return Object.entries(schema.shape).flatMap(([key, child]) =>
            keyPaths(child as z.ZodType, join(prefix, key)),
          );
        }
        if (schema instanceof z.ZodRecord) return keyPaths(schema.valueType as z.ZodType, join(prefix, '*'));
        return [prefix];
      }),
    ),
  ];
}

function join(prefix: string, key: string): string {
  return prefix ? `${prefix}.${key}` : key;
}
