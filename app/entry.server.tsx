import { PassThrough } from 'node:stream';
import type { ActionFunctionArgs, AppLoadContext, EntryContext, LoaderFunctionArgs } from '@remix-run/node';
import { createReadableStreamFromReadable } from '@remix-run/node';
import { isRouteErrorResponse, RemixServer } from '@remix-run/react';
import { isbot } from 'isbot';
import { renderToPipeableStream } from 'react-dom/server';
import type { Logger } from './platform/monitor/logger.ts';
import { applyFramePolicy } from './web/frame-policy.ts';

// The server process (app/web/main.ts) runs the bundle and needs the container that this bundle's routes use, not a second one.
export { container } from './container.server.ts';

declare module '@remix-run/node' {
  interface AppLoadContext {
    /** The process's logger, handed in by app/web/main.ts. */
    log?: Logger;
  }
}

/** A page whose data has not come by then is sent as far as it got. */
const RENDER_TIMEOUT_MS = 8_000;

export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  context: EntryContext,
  loadContext: AppLoadContext,
): Promise<Response> {
  applyFramePolicy(request, headers);
  headers.set('Content-Type', 'text/html; charset=utf-8');
  // Pages hold a shop's data, and their addresses a session token.
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  const wholePage = isbot(request.headers.get('user-agent') ?? '');

  return new Promise((resolve, reject) => {
    let statusCode = status;
    const timer = setTimeout(() => abort(new Error('rendering took too long')), RENDER_TIMEOUT_MS);
    const send = () => {
      const body = new PassThrough();
      body.once('close', () => clearTimeout(timer));
      resolve(new Response(createReadableStreamFromReadable(body), { headers, status: statusCode }));
      pipe(body);
    };
    const { pipe, abort } = renderToPipeableStream(<RemixServer context={context} url={request.url} abortDelay={RENDER_TIMEOUT_MS} />, {
      [wholePage ? 'onAllReady' : 'onShellReady']: send,
      onShellError(error) {
        clearTimeout(timer);
        reject(error);
      },
      onError(error) {
        statusCode = 500;
        if (!request.signal.aborted) report(error, request, loadContext);
      },
    });
  });
}

/** Called by Remix for whatever a loader, action or render threw that was not an answer of its own. */
export function handleError(error: unknown, { request, context }: LoaderFunctionArgs | ActionFunctionArgs): void {
  const refused = isRouteErrorResponse(error) && error.status < 500;
  if (!refused && !request.signal.aborted) report(error, request, context);
}

function report(error: unknown, request: Request, { log }: AppLoadContext): void {
  // Not the whole address: its query carries a session token.
  const fields = { err: error, requestId: request.headers.get('x-request-id'), method: request.method, path: new URL(request.url).pathname };
  if (log) log.error(fields, 'A page failed');
  else process.stderr.write(`A page failed ${String(error)}\n`);
}
