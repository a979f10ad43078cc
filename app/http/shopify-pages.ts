import type { LoaderFunctionArgs } from '@remix-run/node';
import { container } from '../container.server.ts';
import { applyFramePolicy } from '../web/frame-policy.ts';

/**
 * Where the SDK sends a visitor whose shop is not known. It never asks for a shop's address (the App Store forbids that);
 * with a valid `shop` in the query it goes on to Shopify's own page for installing the app.
 */
export async function loginPage({ request }: LoaderFunctionArgs): Promise<null> {
  const { shopify } = await container();
  await shopify.login(request);
  return null;
}

/**
 * The SDK's own pages: `/auth/session-token` (App Bridge fetches a fresh token and comes back) and `/auth/exit-iframe`.
 * It answers by throwing; its HTML gets our frame policy, since the SDK puts the unchecked `shop` parameter into its own.
 */
export async function sdkPage({ request }: LoaderFunctionArgs): Promise<Response> {
  const { shopify } = await container();
  try {
    await shopify.authenticate.admin(request);
  } catch (answer) {
    if (!(answer instanceof Response)) {
      // On this page the SDK refuses nothing but a destination that is not trusted, and it does so with a plain error.
      if (new URL(request.url).pathname === '/auth/exit-iframe') throw new Response('This address does not lead anywhere.\n', { status: 400 });
      throw answer;
    }
    const headers = new Headers(answer.headers);
    applyFramePolicy(request, headers);
    // It preloads App Bridge from the CDN's address whatever the configuration says; the page loads the script itself.
    headers.delete('Link');
    throw new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
  }
  return new Response(null, { status: 204 });
}
