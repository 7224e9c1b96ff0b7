// The build context of an image as a tar stream: its folder, what the recipe includes, and its artifacts.
import path from 'node:path';
import { Readable } from 'node:stream';
import { type Headers, type Pack, pack as packFolder } from 'tar-fs';
import type { MadeArtifact } from './artifacts/make.ts';
import type { ImageBuild } from './descriptor.ts';
import { isBuildInput, isGoSource, listFiles } from './files.ts';

/** Files of a folder, and where they go in the context. */
export interface ContextPart {
  readonly from: string;
  /** '' for the context's root */
  readonly to: string;
  /** relative to `from`; absent: everything */
  readonly files?: readonly string[];
}

/**
 * Parts of a build context: images/<name>/ at the root (without the Go sources, when all that the image gets is the
 * binary), each included project folder under its own path, each artifact under artifacts/.
 */
export async function contextParts(
  project: string,
  build: ImageBuild,
  artifacts: readonly MadeArtifact[],
): Promise<readonly ContextPart[]> {
  const compiled = build.artifacts.some((artifact) => artifact.kind === 'go-project');
  const folder = path.join(project, build.folder);
  const own = await listFiles(folder, (file) => isBuildInput(file) && !(compiled && isGoSource(file)));
  const included = (build.include ?? []).map(async (relative) => {
    const from = path.join(project, relative);
    return { from, to: relative, files: await listFiles(from) };
  });
  return [
    { from: folder, to: '', files: own },
    ...(await Promise.all(included)),
    ...artifacts.map((artifact) => ({ from: artifact.folder, to: path.posix.join('artifacts', artifact.into) })),
  ];
}

/** The parts as one tar stream; owner, time and the umask of the checkout leave no trace in it. */
export function contextStream(parts: readonly ContextPart[]): Readable {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('a build context has at least one part');
  const append = (part: ContextPart, following: readonly ContextPart[], pack?: Pack): Pack => {
    const [next, ...others] = following;
    return packFolder(part.from, {
      ...(part.files === undefined ? {} : { entries: [...part.files] }),
      ...(pack === undefined ? {} : { pack }),
      map: (header) => normalised(header, part.to),
      umask: 0,
      finalize: next === undefined,
      finish: (packed) => {
        if (next !== undefined) append(next, others, packed);
      },
    } as PackOptions);
  };
  return Readable.from(append(first, rest));
}

/** tar-fs knows `umask`, which its types leave out. */
type PackOptions = NonNullable<Parameters<typeof packFolder>[1]> & { readonly umask: number };

function normalised(header: Headers, to: string): Headers {
  const searchable = header.type === 'directory' || (header.mode & 0o100) !== 0;
  return {
    ...header,
    name: path.posix.join(to, header.name),
    mode: header.mode | (searchable ? 0o755 : 0o644),
    mtime: new Date(0),
    uid: 0,
    gid: 0,
  };
}
