import type { LoaderFunctionArgs } from '@remix-run/node';
import { container } from '../container.server.ts';
import { OpenFromAdmin } from '../ui/shell/open-from-admin.tsx';

/**
 * Where the SDK sends a visitor whose shop is not known. It never asks for a shop's address (the App Store forbids that);
 * with a valid `shop` in the query it goes on to Shopify's own page for installing the app.
 */
export async function loader({ request }: LoaderFunctionArgs) {
  const { shopify } = await container();
  await shopify.login(request);
  return null;
}

export default OpenFromAdmin;
