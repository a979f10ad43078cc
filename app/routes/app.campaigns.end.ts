import type { ActionFunctionArgs } from '@remix-run/node';
import { requireAdmin } from '../http/admin.ts';
import { END_ALL_ROLE, endedWords } from '../ui/settings/leaving-words.ts';

/** Ends every campaign of the store; the screen that asked shows the answer. */
export async function action(args: ActionFunctionArgs) {
  const form = await args.request.clone().formData();
  const { ctx, flows } = await requireAdmin(args, END_ALL_ROLE);
  const reason = String(form.get('reason') ?? '').trim();
  const report = await flows.endAllCampaigns(ctx, { reason: reason || null });
  return report.ok ? { done: endedWords(report.value) } : { problem: report.error };
}
