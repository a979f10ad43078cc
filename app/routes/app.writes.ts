import type { ActionFunctionArgs } from '@remix-run/node';
import { requireAdmin } from '../http/admin.ts';
import { readWritesForm, type WritesAnswer } from '../ui/shell/writes-form.ts';

// Asked again now and then by every open page.
export { writesNow as loader } from '../http/writes-page.ts';

export async function action(args: ActionFunctionArgs): Promise<WritesAnswer> {
  const form = readWritesForm(await args.request.clone().formData());
  if (!form.ok) return { problem: form.error };
  const { ctx, flows } = await requireAdmin(args, form.value.role);
  const done = form.value.intent === 'stop' ? await flows.stopWrites(ctx, { reason: form.value.reason }) : await flows.resumeWrites(ctx);
  if (!done.ok) return { problem: done.error };
  return { done: form.value.intent === 'stop' ? 'All writes stopped' : 'Writes resumed' };
}
