import { json, redirect, type ActionFunctionArgs } from '@remix-run/node';
import { parseInstant } from '../domain/rules/instant.ts';
import { requireAdmin } from '../http/admin.ts';
import { readRuleForm } from '../ui/rules/rule-form.ts';

const SAMPLE_ROWS = 20;

/** There is nothing to see here by itself: the rule editor asks for samples. */
export function loader() {
  return redirect('/app/rules');
}

/** What an unsaved rule would do to the catalog, or would have done to it at a time of the past. Nothing is stored. */
export async function action(args: ActionFunctionArgs) {
  const { ctx, flows } = await requireAdmin(args);
  const fields = await args.request.formData();
  const form = readRuleForm(fields);
  if (!form.ok) return json({ problem: form.error });
  const at = fields.get('at');
  if (typeof at === 'string') {
    const micros = parseInstant(at);
    if (micros === null) return json({ problem: { kind: 'invalid', code: 'wrong_value', detail: 'The day is no date.' } });
    const past = await flows.dryRunRule(ctx, { rule: form.value.rule, at: new Date(micros / 1000), limit: SAMPLE_ROWS });
    return json(past.ok ? { past: past.value } : { problem: past.error });
  }
  const result = await flows.sampleRule(ctx, { rule: form.value.rule, limit: SAMPLE_ROWS });
  return json(result.ok ? { sample: result.value } : { problem: result.error });
}
