import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { DEAD_LETTER_FILTERS, DEAD_LETTERS_PAGE, readOperationsForm } from '../ui/operations/operations-form.ts';
import { OperationsPage } from '../ui/operations/operations-page.tsx';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, timeZone } = await requireAdmin(args, 'admin');
  const { searchParams } = new URL(args.request.url);
  const filter = Object.fromEntries(DEAD_LETTER_FILTERS.flatMap((name) => (searchParams.get(name) ? [[name, searchParams.get(name)!]] : [])));
  const messageId = searchParams.get('message');
  const [bus, page, message] = await Promise.all([
    flows.busState(ctx),
    flows.listDeadLetters(ctx, { ...filter, limit: DEAD_LETTERS_PAGE, cursor: searchParams.get('cursor') }),
    messageId && /^[0-9a-f-]{36}$/.test(messageId) ? flows.getMessage(ctx, { id: messageId }) : null,
  ]);
  const { data, nextCursor } = unwrap(page, args.request);
  return { bus: unwrap(bus, args.request), messages: data, nextCursor, message: message?.ok ? message.value : null, timeZone };
}

export async function action(args: ActionFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args, 'admin');
  const form = readOperationsForm(await args.request.formData());
  if (!form.ok) return { problem: form.error };
  if (form.value.intent === 'replay') {
    const report = await flows.replayProjection(ctx, form.value);
    return report.ok ? { report: report.value } : { problem: report.error };
  }
  const { intent: _intent, ...wanted } = form.value;
  const settled = await flows.settleDeadLetters(ctx, wanted);
  return settled.ok ? { settled: settled.value, action: wanted.action } : { problem: settled.error };
}

export default function Operations() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <OperationsPage {...data} />
    </ScreenFrame>
  );
}
