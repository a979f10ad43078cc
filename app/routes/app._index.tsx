import { redirect, type LoaderFunctionArgs } from '@remix-run/node';

/** The Console opens on the catalog. The query goes along: it holds the shop and the session token. */
export function loader({ request }: LoaderFunctionArgs) {
  throw redirect(`/app/pricing${new URL(request.url).search}`);
}
