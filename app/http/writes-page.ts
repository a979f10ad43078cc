import type { WriteSwitch } from '@calibr/types';
import type { LoaderFunctionArgs } from '@remix-run/node';
import type { Role } from '../ports/tenant-store.ts';
import { requireAdmin, unwrap } from './admin.ts';

/** The switch that stops all writes, for the banner that every page has; nothing is shown before Shopify's session token was checked. */
export async function writesNow(args: LoaderFunctionArgs): Promise<{ writes: WriteSwitch; role: Role; timeZone: string }> {
  const { ctx, flows, role, timeZone } = await requireAdmin(args);
  return { writes: unwrap(await flows.getWrites(ctx), args.request), role, timeZone };
}
