import polarisStyles from '@shopify/polaris/build/esm/styles.css?url';
import type { HeadersFunction, LinksFunction, LoaderFunctionArgs } from '@remix-run/node';
import { Outlet, useLoaderData, useRouteError } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { EmbeddedError } from '../ui/shell/embedded-error.tsx';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { EmbeddedPage } from '../ui/shell/embedded-page.tsx';
import { WritesBanner } from '../ui/shell/writes-banner.tsx';
import { peopleOf } from '../ui/words/actor-words.ts';
import { PeopleProvider } from '../ui/words/people.tsx';
import { may } from '../ui/words/role-words.ts';

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: polarisStyles }];

// Every page of the Console lives under this one; none of them shows before Shopify's session token was checked.
export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, timeZone } = await requireAdmin(args);
  const [writes, members, tokens] = await Promise.all([flows.getWrites(ctx), flows.listMembers(ctx), may(role, 'admin') ? flows.listTokens(ctx) : null]);
  const people = peopleOf(unwrap(members, args.request), tokens ? unwrap(tokens, args.request).data : []);
  return { now: { writes: unwrap(writes, args.request), role, timeZone }, people };
}

export default function EmbeddedApp() {
  const { now, people } = useLoaderData<typeof loader>();
  return (
    <EmbeddedPage operator={may(now.role, 'admin')}>
      <PeopleProvider people={people}>
        <WritesBanner loaded={now} />
        <Outlet />
      </PeopleProvider>
    </EmbeddedPage>
  );
}

export function ErrorBoundary() {
  return <EmbeddedError error={useRouteError()} />;
}

// The SDK answers by headers too (a new session token wanted, a page to leave for): they must reach App Bridge.
export const headers: HeadersFunction = (args) => boundary.headers(args);
