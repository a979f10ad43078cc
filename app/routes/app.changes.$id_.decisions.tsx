import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { requireAdmin, unwrap } from '../http/admin.ts';
import type { DecisionsAnswer } from '../ui/changes/approval-card.tsx';

/** Approvals, rejections and comments of a change, for its page. */
export async function loader(args: LoaderFunctionArgs): Promise<DecisionsAnswer> {
  const { ctx, flows } = await requireAdmin(args);
  const { data } = unwrap(await flows.listDecisions(ctx, { id: args.params.id ?? '' }), args.request);
  return { decisions: data };
}

/** Adds a comment, and answers all decisions with it. */
export async function action(args: ActionFunctionArgs): Promise<DecisionsAnswer> {
  const comment = String((await args.request.clone().formData()).get('comment') ?? '').slice(0, 2_000);
  const { ctx, flows, role } = await requireAdmin(args, 'editor');
  const id = args.params.id ?? '';
  const added = await flows.commentChange(ctx, { id, comment, role });
  if (!added.ok) return { problem: added.error };
  return { decisions: unwrap(await flows.listDecisions(ctx, { id }), args.request).data };
}
