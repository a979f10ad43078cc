import { redirect, type LoaderFunctionArgs } from '@remix-run/node';
import { OpenFromAdmin } from '../ui/shell/open-from-admin.tsx';

/** Shopify Admin opens the app here, with the shop and a session token in the query: pass them on to the Console. */
export function loader({ request }: LoaderFunctionArgs) {
  const { search, searchParams } = new URL(request.url);
  if (searchParams.has('shop')) throw redirect(`/app${search}`);
  return null;
}

export default OpenFromAdmin;
