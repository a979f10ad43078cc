import type { LinksFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Links, Meta, Outlet, Scripts, ScrollRestoration, useRouteLoaderData } from '@remix-run/react';
import type { ReactNode } from 'react';
import { container } from './container.server.ts';
import { PlainError } from './ui/shell/plain-error.tsx';

export const links: LinksFunction = () => [{ rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' }];

export const meta: MetaFunction = () => [{ title: 'Calibrate' }];

/** What the document itself needs: App Bridge on the pages that live inside Shopify Admin, nothing on the others. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { pathname } = new URL(request.url);
  if (pathname !== '/app' && !pathname.startsWith('/app/')) return { embedded: null };
  const { shopify } = await container();
  return { embedded: shopify.browser };
}

// The key and the script's address do not change while a page lives.
export const shouldRevalidate = () => false;

export function Layout({ children }: { children: ReactNode }) {
  const embedded = useRouteLoaderData<typeof loader>('root')?.embedded;
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {embedded ? (
          <>
            <meta name="shopify-api-key" content={embedded.apiKey} />
            {/* First of all scripts and neither async nor deferred: App Bridge must be there before the page hydrates. */}
            <script src={embedded.appBridgeUrl} data-api-key={embedded.apiKey} />
          </>
        ) : null}
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration />
        <Scripts />
      </body>
    </html>
  );
}

export default function App() {
  return <Outlet />;
}

export function ErrorBoundary() {
  return <PlainError />;
}
