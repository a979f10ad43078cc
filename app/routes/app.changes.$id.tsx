import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, type ShouldRevalidateFunctionArgs } from '@remix-run/react';
import type { Schedule } from '@calibr/types';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { INTENT_WORDS } from '../ui/changes/change-actions.ts';
import { readChangeForm } from '../ui/changes/change-form.ts';
import { ChangePage } from '../ui/changes/change-page.tsx';
import { wroteByVariant } from '../ui/changes/three-way.ts';
import { ITEM_PAGE_SIZE, onlyExplains, readItemFilters } from '../ui/changes/item-filters.ts';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';

const CONFLICTS_SHOWN = 20;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, timeZone } = await requireAdmin(args);
  const id = args.params.id ?? '';
  const { searchParams } = new URL(args.request.url);
  const change = unwrap(await flows.getChange(ctx, { id }), args.request);
  const [page, overlaps, conflicts] = await Promise.all([
    flows.listItems(ctx, { id, ...readItemFilters(searchParams), limit: ITEM_PAGE_SIZE, cursor: searchParams.get('cursor') }),
    flows.findOverlaps(ctx, { id }),
    change.progress?.conflict ? flows.listItems(ctx, { id, state: 'conflict', limit: CONFLICTS_SHOWN, cursor: null }) : null,
  ]);
  const { data, nextCursor } = unwrap(page, args.request);
  const source = change.rollbackOf;
  // A planned row of a rollback still shows what we wrote; of the others the change that is undone knows it.
  const sources =
    source === null || source === undefined
      ? []
      : await Promise.all(
          data
            .filter((item) => item.outcome !== 'planned')
            .map((item) => flows.listItems(ctx, { id: source, query: item.sku || item.title, limit: 20, cursor: null })),
        );
  const wrote = wroteByVariant(sources.flatMap((found) => (found.ok ? found.value.data : [])));
  return { change, overlaps: unwrap(overlaps, args.request).data, items: data, nextCursor, wrote, conflicts: conflicts ? unwrap(conflicts, args.request).data : [], role, me: `${ctx.actor.kind}:${ctx.actor.id}`, timeZone };
}

/** One step of a price change, each by one flow; a rollback or a new start goes on to the change that it made. */
export async function action(args: ActionFunctionArgs) {
  const id = args.params.id ?? '';
  const form = readChangeForm(await args.request.clone().formData());
  if (!form.ok) return { problem: form.error, intent: '' };
  const { intent, role, comment, planHash, itemIds, itemId, choice, schedule, first } = form.value;
  const { ctx, flows, role: own } = await requireAdmin(args, role);
  if (intent === 'resolve') {
    const resolved = await flows.resolveItem(ctx, { id, itemId, choice });
    return resolved.ok ? { done: 'Conflict decided' } : { problem: resolved.error, intent };
  }
  if (intent === 'rollBack') {
    const rollback = await flows.rollBackChange(ctx, { id, itemIds });
    return rollback.ok ? redirect(`/app/changes/${rollback.value.id}`) : { problem: rollback.error, intent };
  }
  if (intent === 'delta') {
    const delta = await flows.planDelta(ctx, { id });
    return delta.ok ? redirect(`/app/changes/${delta.value.id}`) : { problem: delta.error, intent };
  }
  if (intent === 'startOver') {
    const old = unwrap(await flows.getChange(ctx, { id }), args.request);
    const made = await flows.createChange(ctx, { name: old.name, ...(old.ruleId ? { ruleId: old.ruleId } : { rule: old.rule }), target: old.target ? { priceListId: old.target.priceListId } : null });
    const preview = made.ok ? await flows.previewChange(ctx, { id: made.value.id }) : made;
    return preview.ok ? redirect(`/app/changes/${preview.value.id}`) : { problem: preview.error, intent };
  }
  const steps = {
    preview: () => flows.previewChange(ctx, { id }),
    approve: () => flows.approveChange(ctx, { id, planHash, comment, role: own }),
    apply: () => flows.applyChange(ctx, { id, ...first }),
    pause: () => flows.pauseChange(ctx, { id }),
    resume: () => flows.resumeChange(ctx, { id }),
    reject: () => flows.rejectChange(ctx, { id, comment, role: own }),
    cancel: () => flows.cancelChange(ctx, { id, comment }),
    schedule: () => flows.scheduleChange(ctx, { id, schedule: schedule as Schedule }),
    end: () => flows.endCampaign(ctx, { id, reason: comment }),
  };
  const result = await steps[intent]();
  return result.ok ? { done: INTENT_WORDS[intent].done } : { problem: result.error, intent };
}

/** Opening or closing an explanation asks for that alone, not for the whole change again. */
export const shouldRevalidate = ({ currentUrl, nextUrl, formMethod, defaultShouldRevalidate }: ShouldRevalidateFunctionArgs): boolean =>
  formMethod === undefined && onlyExplains(currentUrl, nextUrl) ? false : defaultShouldRevalidate;

export default function Change() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <ChangePage key={data.change.id} {...data} />
    </ScreenFrame>
  );
}
