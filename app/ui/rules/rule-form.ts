import { problem, ok, type Result } from '../../domain/kernel/result.ts';
import { RULE_TRIGGERS, type RuleTrigger } from '../../domain/rules/automation.ts';

export interface RuleForm {
  readonly intent: 'save' | 'preview' | 'delete' | 'sample' | 'run' | 'automation';
  readonly rule: unknown;
  /** Version that the edit started from; undefined for a new rule. */
  readonly version: number | undefined;
  /** Whether there is anything to save. */
  readonly dirty: boolean;
  /** For a preview: the price list to write to; null for the shop's own prices. */
  readonly priceListId: string | null;
  /** For an automation: what makes the rule run, and whether it is on. */
  readonly trigger: RuleTrigger;
  readonly enabled: boolean;
}

const INTENTS = ['save', 'preview', 'delete', 'sample', 'run', 'automation'] as const;

/** What the rule editor submits. Errors: malformed `bad_form`. */
export function readRuleForm(form: FormData): Result<RuleForm> {
  const intent = INTENTS.find((known) => known === form.get('intent'));
  if (!intent) return problem('malformed', 'bad_form', 'This is not something the rule editor can do. Reload the page.');
  const version = Number(form.get('version') || Number.NaN);
  let rule: unknown = null;
  if (intent !== 'delete' && intent !== 'run') {
    try {
      rule = JSON.parse(String(form.get('rule')));
    } catch {
      return problem('malformed', 'bad_form', 'The rule did not arrive whole. Reload the page and try again.');
    }
  }
  const trigger = RULE_TRIGGERS.find((known) => known === form.get('trigger'));
  if (intent === 'automation' && !trigger) return problem('malformed', 'bad_form', 'What makes the rule run did not arrive. Reload the page and try again.');
  return ok({ intent, trigger: trigger ?? 'manual', enabled: form.get('enabled') === 'true', rule, version: Number.isSafeInteger(version) ? version : undefined, dirty: form.get('dirty') !== 'false', priceListId: String(form.get('priceListId') ?? '') || null });
}
