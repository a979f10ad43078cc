import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useLocation } from '@remix-run/react';
import { useState } from 'react';
import type { Selector } from '../domain/rules/rule.ts';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';
import { newRule } from '../ui/rules/rule-draft.ts';
import { RuleEditorPage } from '../ui/rules/rule-editor-page.tsx';
import { readRuleForm } from '../ui/rules/rule-form.ts';

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, currencyCode, timeZone } = await requireAdmin(args);
  const [facets, lists] = await Promise.all([flows.catalogFacets(ctx), flows.listPriceLists(ctx)]);
  return { facets: unwrap(facets, args.request), priceLists: unwrap(lists, args.request).data, role, currencyCode, timeZone };
}

/** Saves the rule; for a preview also makes a price change of it and goes there. */
export async function action(args: ActionFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args, 'editor');
  const form = readRuleForm(await args.request.formData());
  if (!form.ok) return { problem: form.error };
  const saved = await flows.createRule(ctx, { rule: form.value.rule });
  if (!saved.ok) return { problem: saved.error };
  if (form.value.intent === 'save') return { saved: saved.value };
  const change = await flows.createChange(ctx, { name: saved.value.name, ruleId: saved.value.id, target: form.value.priceListId === null ? null : { priceListId: form.value.priceListId } });
  if (!change.ok) return { problem: change.error };
  const preview = await flows.previewChange(ctx, { id: change.value.id });
  return preview.ok ? redirect(`/app/changes/${change.value.id}`) : { problem: preview.error };
}

export default function NewRule() {
  const data = useLoaderData<typeof loader>();
  const { state } = useLocation();
  // What was chosen on the Pricing screen; taken once, so that the draft does not start over while it is written.
  const [initial] = useState(() => newRule((state as { selector?: Selector } | null)?.selector));
  return (
    <ScreenFrame>
      <RuleEditorPage {...data} saved={null} initial={{ ...initial }} />
    </ScreenFrame>
  );
}
