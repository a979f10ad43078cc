import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { readWritesForm, type WritesAnswer } from '../ui/shell/writes-form.ts';

/** The switch that stops all writes, for the banner that every page has. */
export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, timeZone } = await requireAdmin(args);
  return { writes: unwrap(await flows.getWrites(ctx), args.request), role, timeZone };
}

export async function action(args: ActionFunctionArgs): Promise<WritesAnswer> {
  const form = readWritesForm(await args.request.clone().formData());
  if (!form.ok) return { problem: form.error };
  const { ctx, flows } = await requireAdmin(args, form.value.role);
  const done = form.value.intent === 'stop' ? await flows.stopWrites(ctx, { reason: form.value.reason }) : await flows.resumeWrites(ctx);
  if (!done.ok) return { problem: done.error };
  return { done: form.value.intent === 'stop' ? 'All writes stopped' : 'Writes resumed' };
}
