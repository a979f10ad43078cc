import { PassThrough } from 'node:stream';
import type { ActionFunctionArgs, EntryContext, LoaderFunctionArgs } from '@remix-run/node';
import { createReadableStreamFromReadable } from '@remix-run/node';
import { RemixServer } from '@remix-run/react';
import { isbot } from 'isbot';
import { renderToPipeableStream } from 'react-dom/server';
import { applyFramePolicy } from './web/frame-policy.ts';

// The server process (app/web/main.ts) runs the bundle and needs the container that this bundle's routes use, not a second one.
export { container } from './container.server.ts';

/** A page whose data has not come by then is sent as far as it got. */
const RENDER_TIMEOUT_MS = 8_000;

export default function handleRequest(request: Request, status: number, headers: Headers, context: EntryContext): Promise<Response> {
  applyFramePolicy(request, headers);
  headers.set('Content-Type', 'text/html; charset=utf-8');
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
        if (!request.signal.aborted) report(error, request);
      },
    });
  });
}

/** Called by Remix for whatever a loader, action or render threw that was not an answer of its own. */
export function handleError(error: unknown, { request }: LoaderFunctionArgs | ActionFunctionArgs): void {
  if (!request.signal.aborted) report(error, request);
}

function report(error: unknown, request: Request): void {
  const { pathname } = new URL(request.url);
  const requestId = request.headers.get('x-request-id') ?? '';
  // Not the whole URL: its query carries a session token.
  console.error(JSON.stringify({ level: 'error', requestId, method: request.method, path: pathname, error: error instanceof Error ? error.stack : String(error) }));
}
