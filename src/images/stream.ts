// The engine's answer to a pull or a build: one JSON object a line, errors included.
import { createInterface } from 'node:readline';

/** One event; the engine sends more fields than these. */
export interface EngineEvent {
  /** output of a build */
  readonly stream?: string;
  /** state of a pull, e.g. `Downloading` */
  readonly status?: string;
  /** the layer that `status` speaks of */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

/** Reads events to the end; an event that carries an error is thrown as `Error` with the engine's words. */
export async function readEvents(stream: NodeJS.ReadableStream, onEvent: (event: EngineEvent) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() === '') continue;
    const event = JSON.parse(line) as EngineEvent;
    if (event.error !== undefined) throw new Error(event.error);
    onEvent(event);
  }
}
