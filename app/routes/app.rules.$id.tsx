import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { requireAdmin, unwrap } from '../http/admin.ts';
import { ScreenFrame } from '../ui/parts/screen-frame.tsx';
import { RuleEditorPage } from '../ui/rules/rule-editor-page.tsx';
import { readRuleForm } from '../ui/rules/rule-form.ts';

const VERSIONS_SHOWN = 8;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, flows, role, currencyCode, timeZone } = await requireAdmin(args);
  const id = args.params.id ?? '';
  const [saved, facets, lists, versions] = await Promise.all([flows.getRule(ctx, { id }), flows.catalogFacets(ctx), flows.listPriceLists(ctx), flows.listRuleVersions(ctx, { id, limit: VERSIONS_SHOWN, cursor: null })]);
  return { saved: unwrap(saved, args.request), versions: unwrap(versions, args.request).data, facets: unwrap(facets, args.request), priceLists: unwrap(lists, args.request).data, role, currencyCode, timeZone };
}

/** Saves a new version or how it runs, runs it, deletes it, or (saving first what is unsaved) makes a price change of it and goes there. */
export async function action(args: ActionFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args, 'editor');
  const id = args.params.id ?? '';
  const form = readRuleForm(await args.request.formData());
  if (!form.ok) return { problem: form.error };
  const { intent, rule, version, dirty, priceListId, trigger, enabled } = form.value;
  if (intent === 'delete') {
    const deleted = await flows.deleteRule(ctx, { id });
    return deleted.ok ? redirect('/app/rules') : { problem: deleted.error };
  }
  if (intent === 'run') {
    const change = await flows.runRule(ctx, { id });
    return change.ok ? redirect(`/app/changes/${change.value.id}`) : { problem: change.error };
  }
  if (intent === 'automation') {
    const updated = await flows.updateRule(ctx, { id, rule, enabled, automation: { trigger }, ...(version === undefined ? {} : { version }) });
    return updated.ok ? { saved: updated.value } : { problem: updated.error };
  }
  const saved = dirty ? await flows.updateRule(ctx, { id, rule, ...(version === undefined ? {} : { version }) }) : await flows.getRule(ctx, { id });
  if (!saved.ok) return { problem: saved.error };
  if (intent === 'save') return { saved: saved.value };
  const change = await flows.createChange(ctx, { name: saved.value.name, ruleId: id, target: priceListId === null ? null : { priceListId } });
  if (!change.ok) return { problem: change.error };
  const preview = await flows.previewChange(ctx, { id: change.value.id });
  return preview.ok ? redirect(`/app/changes/${change.value.id}`) : { problem: preview.error };
}

export default function Rule() {
  const data = useLoaderData<typeof loader>();
  return (
    <ScreenFrame>
      <RuleEditorPage key={data.saved.id} {...data} initial={data.saved.rule as Record<string, unknown>} />
    </ScreenFrame>
  );
}
