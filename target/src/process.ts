// The life of a gateway or worker process: settings that are refused, SIGTERM, and a deadline for stopping.
import type { FastifyBaseLogger } from 'fastify';
import { SettingsError } from './config.ts';

/** Compose kills after ten seconds. */
const stopDeadlineMs = 8_000;

/** Runs a process's main; a fault of the settings is printed plainly, and the process exits with 2. */
export async function run(main: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  try {
    await main(process.env);
  } catch (error) {
    const settings = error instanceof SettingsError;
    process.stderr.write(settings ? `settings refused\n${error.message}\n` : `${describe(error)}\n`);
    process.exit(settings ? 2 : 1);
  }
}

/** Stops on SIGTERM or SIGINT: exits with 0 when `stop` is done, with 1 when it fails or takes too long. */
export function stopOnSignal(log: FastifyBaseLogger, stop: () => Promise<void>): void {
  let stopping = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    const deadline = setTimeout(() => {
      log.error(`not stopped within ${stopDeadlineMs} ms`);
      process.exit(1);
    }, stopDeadlineMs);
    stop().then(
      () => {
        clearTimeout(deadline);
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
