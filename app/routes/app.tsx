import polarisStyles from '@shopify/polaris/build/esm/styles.css?url';
import type { HeadersFunction, LinksFunction } from '@remix-run/node';
import { Outlet, useLoaderData, useRouteError } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { EmbeddedError } from '../ui/shell/embedded-error.tsx';
import type { writesNow } from '../http/writes-page.ts';
import { EmbeddedPage } from '../ui/shell/embedded-page.tsx';
import { WritesBanner } from '../ui/shell/writes-banner.tsx';
import { may } from '../ui/words/role-words.ts';

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: polarisStyles }];

// Every page of the Console lives under this one; none of them shows before Shopify's session token was checked.
export { writesNow as loader } from '../http/writes-page.ts';

export default function EmbeddedApp() {
  const writes = useLoaderData<typeof writesNow>();
  return (
    <EmbeddedPage operator={may(writes.role, 'admin')}>
      <WritesBanner loaded={writes} />
      <Outlet />
    </EmbeddedPage>
  );
}

export function ErrorBoundary() {
  return <EmbeddedError error={useRouteError()} />;
}

// The SDK answers by headers too (a new session token wanted, a page to leave for): they must reach App Bridge.
export const headers: HeadersFunction = (args) => boundary.headers(args);
