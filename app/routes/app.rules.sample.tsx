import { json, redirect, type ActionFunctionArgs } from '@remix-run/node';
import { requireAdmin } from '../http/admin.ts';
import { readRuleForm } from '../ui/rules/rule-form.ts';

const SAMPLE_ROWS = 20;

/** There is nothing to see here by itself: the rule editor asks for samples. */
export function loader() {
  return redirect('/app/rules');
}

/** What an unsaved rule would do to the catalog. Nothing is stored. */
export async function action(args: ActionFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args);
  const form = readRuleForm(await args.request.formData());
  if (!form.ok) return json({ problem: form.error });
  const result = await flows.sampleRule(ctx, { rule: form.value.rule, limit: SAMPLE_ROWS });
  return json(result.ok ? { sample: result.value } : { problem: result.error });
}
