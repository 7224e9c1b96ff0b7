// The HTTP server of gateway and worker: strict bodies, /healthz and /metrics.
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Registry } from 'prom-client';

/** Why the process is not ready, one sentence each; ready when there is none. */
export type Health = () => Promise<readonly string[]> | readonly string[];

export interface ServerOptions {
  readonly logLevel: string;
  readonly registry: Registry;
  readonly health: Health;
}

/** A server that is not listening yet. */
export function createServer({ logLevel, registry, health }: ServerOptions): FastifyInstance {
  const server = Fastify({
    logger: { level: logLevel },
    // a line per request is not worth its time at thousands a second; /metrics has the same
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 65_536,
    // a body is taken as it is, or refused: nothing is converted, nothing silently left out
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  server.get('/healthz', async (_request, reply) => {
    const reasons = await health();
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
  server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return server;
}
