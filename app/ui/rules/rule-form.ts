import { problem, ok, type Result } from '../../domain/kernel/result.ts';

export interface RuleForm {
  readonly intent: 'save' | 'preview' | 'delete' | 'sample';
  readonly rule: unknown;
  /** Version that the edit started from; undefined for a new rule. */
  readonly version: number | undefined;
  /** Whether there is anything to save. */
  readonly dirty: boolean;
  /** For a preview: the price list to write to; null for the shop's own prices. */
  readonly priceListId: string | null;
}

const INTENTS = ['save', 'preview', 'delete', 'sample'] as const;

/** What the rule editor submits. Errors: malformed `bad_form`. */
export function readRuleForm(form: FormData): Result<RuleForm> {
  const intent = INTENTS.find((known) => known === form.get('intent'));
  if (!intent) return problem('malformed', 'bad_form', 'This is not something the rule editor can do. Reload the page.');
  const version = Number(form.get('version') || Number.NaN);
  let rule: unknown = null;
  if (intent !== 'delete') {
    try {
      rule = JSON.parse(String(form.get('rule')));
    } catch {
      return problem('malformed', 'bad_form', 'The rule did not arrive whole. Reload the page and try again.');
    }
  }
  return ok({ intent, rule, version: Number.isSafeInteger(version) ? version : undefined, dirty: form.get('dirty') !== 'false', priceListId: String(form.get('priceListId') ?? '') || null });
}
