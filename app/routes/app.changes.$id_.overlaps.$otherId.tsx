import type { LoaderFunctionArgs } from '@remix-run/node';
import { requireAdmin } from '../http/admin.ts';

const ROWS_SHOWN = 25;

/** The first variants that two changes share, for the card that compares them. */
export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args);
  const rows = await flows.overlapRows(ctx, { id: args.params.id ?? '', otherId: args.params.otherId ?? '', limit: ROWS_SHOWN, cursor: null });
  return rows.ok ? { rows: rows.value } : { problem: rows.error };
}
