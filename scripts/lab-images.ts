// lab:images — the images of the lab: reference, where from, id, size, and why.
import { runCommand, verbCommand } from '../src/cli.ts';
import { exitCode } from '../src/errors.ts';
import { renderImages } from '../src/images/table.ts';
import { type Io, runVerb } from '../src/io.ts';
import { prepareImages } from '../src/lab/up.ts';
import { projectRoot } from '../src/paths.ts';

export function main(args: readonly string[], io: Io): Promise<number> {
  return runCommand(async () => {
    const command = verbCommand('lab:images', 'Pull or build what is not there yet, and list all images.', io)
      .option('--json', 'as JSON')
      .option('--require-all', 'fail when an image cannot be had on this machine')
      .parse([...args], { from: 'user' });
    const options = command.opts();
    const { images, missing } = await prepareImages({ project: projectRoot, requireAll: options.requireAll }, io);
    io.stdout(
      options.json ? `${JSON.stringify({ images, missing }, null, 2)}\n` : renderImages(images, missing, io.columns),
    );
    return exitCode.ok;
  });
}

if (import.meta.main) await runVerb(main);
