import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { RULE_TRIGGERS, lookAt, nextRun } from '../../domain/rules/automation.ts';
import type { RuleTrigger } from '../../domain/rules/automation.ts';
import { isObject } from '../../domain/rules/findings.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import type { AutomationFacts, RuleRow } from '../../ports/rule-store.ts';

/** What shall make the rule run; `current` where nothing was given. Errors: invalid `invalid_automation`. */
export function readTrigger(given: unknown, rule: Rule, current: RuleTrigger): Result<RuleTrigger> {
  const wrong = (pointer: string, code: string, message: string): Result<never> => problem('invalid', 'invalid_automation', message, [{ pointer, code, message }]);
  if (given !== undefined && !isObject(given)) return wrong('/automation', 'wrong_type', 'An automation is an object with a trigger.');
  const wanted: unknown = given === undefined ? current : given.trigger;
  const trigger = RULE_TRIGGERS.find((known) => known === wanted);
  if (!trigger) return wrong('/automation/trigger', wanted === undefined ? 'required' : 'wrong_value', `A trigger is one of ${RULE_TRIGGERS.join(', ')}.`);
  if (trigger === 'schedule' && !rule.schedule) return wrong('/automation/trigger', 'schedule_missing', 'A rule that runs on a schedule needs one: give the rule a schedule.');
  return ok(trigger);
}

/**
 * When the rule is next looked at, from now on. A window that it was run for already is not run for again, unless the rule did not run
 * by itself until now.
 */
export function automationFacts(trigger: RuleTrigger, enabled: boolean, rule: Rule, current: RuleRow | null, now: Date): AutomationFacts {
  const ran = current?.enabled === true && current.automationTrigger === trigger;
  if (trigger === 'manual' || !enabled) return { automationTrigger: trigger, automationAt: null, automationSince: null, automationDoneAt: null };
  if (trigger === 'catalog') return { automationTrigger: trigger, automationAt: ran ? current.automationAt : null, automationSince: ran ? current.automationSince : null, automationDoneAt: null };
  const done = ran ? current.automationDoneAt : null;
  return { automationTrigger: trigger, automationAt: rule.schedule ? lookAt(nextRun(rule.schedule, done, now)) : null, automationSince: null, automationDoneAt: done };
}
