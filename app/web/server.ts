import type { ServerBuild } from '@remix-run/node';
import { createRequestHandler } from '@remix-run/express';
import express, { type ErrorRequestHandler } from 'express';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { requestIdFrom } from '../platform/monitor/request-id.ts';
import type { Logger } from '../platform/monitor/logger.ts';
import { framePolicy } from './frame-policy.ts';

const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

export interface WebServerOptions {
  /** What `remix vite:build` made. */
  readonly build: ServerBuild;
  /** The folder the browser's files were built into. */
  readonly clientDir: string;
  readonly log: Logger;
}

export interface WebServer {
  /** Resolves with the address when connections are accepted; rejects when the port cannot be had. */
  listen(port: number, host: string): Promise<AddressInfo>;
  /**
   * Stops accepting, ends event streams, and lets what is being answered finish; what has not finished after
   * `graceMs` is cut off. Resolves with the number of requests that had to be cut off.
   */
  close(graceMs: number): Promise<number>;
}

/** The web process: static files, `/healthz`, and Remix for the rest. */
export function createWebServer({ build, clientDir, log }: WebServerOptions): WebServer {
  const open = new Set<ServerResponse>();
  let closing = false;

  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', false);
  app.set('etag', false);

  app.use((req, res, next) => {
    // Routes and their logs read it from the request, callers from the answer.
    const header = req.headers['x-request-id'];
    const requestId = requestIdFrom(typeof header === 'string' ? header : undefined);
    req.headers['x-request-id'] = requestId;
    res.setHeader('X-Request-Id', requestId);
    open.add(res);
    res.once('close', () => open.delete(res));
    // A stream that was ended from here may still be written to by its source until that notices.
    res.on('error', () => undefined);
    if (closing) res.setHeader('Connection', 'close');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Referrer-Policy', 'strict-origin-when-cross-origin');
    next();
  });

  // The process is up: answered here, so that neither a broken database nor a broken configuration of it can stop it.
  app.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });

  // The page at /api/docs loads nothing from elsewhere.
  app.use('/api/docs/assets', express.static(path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')), { maxAge: DAY_MS, index: false, fallthrough: false, dotfiles: 'ignore' }));
  // Names under /assets carry a hash of the content.
  app.use('/assets', express.static(path.join(clientDir, 'assets'), { immutable: true, maxAge: 365 * DAY_MS, index: false, fallthrough: false }));
  app.use(express.static(clientDir, { maxAge: SECOND_MS * 3_600, index: false, dotfiles: 'ignore' }));
  app.all('*', createRequestHandler({ build, mode: 'production', getLoadContext: () => ({ log }) }));

  const onError: ErrorRequestHandler = (error, req, res, _next) => {
    const status = typeof error?.status === 'number' && error.status >= 400 && error.status < 500 ? error.status : 500;
    if (status === 500) {
      log.error({ err: error, requestId: req.headers['x-request-id'], method: req.method, path: req.path }, 'Request failed');
    }
    if (res.headersSent) {
      res.destroy();
      return;
    }
    res.setHeader('Content-Security-Policy', framePolicy(new URL(req.originalUrl, 'http://localhost')));
    res.status(status).type('text/plain').send(status === 404 ? 'Not found\n' : status === 500 ? 'Internal server error\n' : 'Bad request\n');
  };
  app.use(onError);

  const server = createServer(app);
  // Headers must come quickly; a body may be a large file over a slow line. Answers have no limit: event streams stay open.
  server.headersTimeout = 20 * SECOND_MS;
  server.requestTimeout = 300 * SECOND_MS;
  // Longer than the 60 s of common load balancers, so that it is never we who close a connection they are about to use.
  server.keepAliveTimeout = 65 * SECOND_MS;

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve(server.address() as AddressInfo);
        });
      }),

    close: async (graceMs) => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      for (const response of open) {
        // Destroyed, not ended: only then does Remix abort the request's signal, by which the route stops its source.
        if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.destroy();
        else if (!response.headersSent) response.setHeader('Connection', 'close');
      }
      let cutOff = 0;
      // A connection whose answer was under way goes idle only afterwards, and would be kept alive.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      const timer = setTimeout(() => {
        cutOff = open.size;
        server.closeAllConnections();
      }, graceMs);
      await closed;
      clearTimeout(timer);
      clearInterval(sweep);
      // The server may be closed a moment before its responses say so, and it is by that that routes learn to stop.
      for (let turn = 0; open.size > 0 && turn < 100; turn += 1) await nextTurn();
      return cutOff;
    },
  };
}
