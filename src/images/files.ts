// Which files of the project go into a build, and what they contain, as one short hash.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Never part of a build: installed packages, tests, and the descriptor, whose facts are in the recipe itself. */
export function isBuildInput(relativePath: string): boolean {
  const parts = relativePath.split(path.sep);
  if (parts.some((part) => part === 'node_modules' || part === 'testdata' || part === '.git')) return false;
  const name = parts.at(-1) ?? '';
  return !/_test\.go$|\.test\.[cm]?[jt]s$|\.md$/.test(name) && !(parts.length === 1 && name === 'image.ts');
}

/** Sources that only the Go compiler reads. */
export function isGoSource(relativePath: string): boolean {
  return /(\.go|(^|[\\/])go\.(mod|sum))$/.test(relativePath);
}

/** Files below a folder that pass the filter, relative to it, sorted; an absent folder has none. */
export async function listFiles(
  folder: string,
  wanted: (relativePath: string) => boolean = isBuildInput,
): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (relative: string): Promise<void> => {
    for (const entry of await readdir(path.join(folder, relative), { withFileTypes: true })) {
      const child = path.join(relative, entry.name);
      if (!wanted(child)) continue;
      if (entry.isDirectory()) await visit(child);
      else if (entry.isFile() || entry.isSymbolicLink()) found.push(child);
    }
  };
  await visit('');
  return found.sort();
}

/** Names, executable bits and contents of files, one line each; the same on every machine for the same checkout. */
export async function fingerprint(folder: string, files: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    files.map(async (file) => {
      const full = path.join(folder, file);
      const executable = ((await stat(full)).mode & 0o100) !== 0;
      const content = createHash('sha256')
        .update(await readFile(full))
        .digest('hex');
      return `${file.split(path.sep).join('/')} ${executable ? 'x' : '-'} ${content}`;
    }),
  );
  return lines.join('\n');
}

/** First 12 hex digits of the SHA-256 of a value in canonical JSON (keys sorted, undefined left out). */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
