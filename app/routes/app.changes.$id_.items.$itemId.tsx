import type { LoaderFunctionArgs } from '@remix-run/node';
import { requireAdmin } from '../http/admin.ts';

/** Why a row is what it is, for the drawer of the change's page. */
export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args);
  const result = await flows.explainItem(ctx, { id: args.params.id ?? '', itemId: args.params.itemId ?? '' });
  return result.ok ? { explanation: result.value } : { problem: result.error };
}
