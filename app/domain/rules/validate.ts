import type { CurrencyCode } from '../kernel/currency.ts';
import { type Result, ok, problem } from '../kernel/result.ts';
import { Findings, below, isObject, member, refuseUnknownKeys } from './findings.ts';
import { RULE_LIMITS } from './rule-limits.ts';
import type { Rule } from './rule.ts';
import { checkSchedule } from './schedule.ts';
import { checkSelector } from './validate-selector.ts';
import { checkTransform } from './validate-transform.ts';

/**
 * Checks unknown input as a pricing rule for a shop with this currency. The value is the input itself, typed.
 * Error: kind `invalid`, code `invalid_rule`, with everything that is wrong at once (at most `RULE_LIMITS.errors`), each
 * with a JSON pointer into the rule.
 */
export function validateRule(input: unknown, currency: CurrencyCode): Result<Rule> {
  const findings = new Findings();
  checkRule(input, '', currency, findings);
  if (findings.errors.length === 0) return ok(input as Rule);
  const first = findings.errors[0];
  const more = findings.errors.length - 1;
  const detail = `The rule is not valid. ${first?.pointer || 'The whole'}: ${first?.message}${more > 0 ? ` And ${more} more.` : ''}`;
  return problem('invalid', 'invalid_rule', detail, findings.errors);
}

/** As validateRule, for a rule that is part of something larger at `pointer`. */
export function checkRule(input: unknown, pointer: string, currency: CurrencyCode, findings: Findings): void {
  if (!isObject(input)) {
    findings.add(pointer, input === undefined ? 'required' : 'wrong_type', 'A rule is an object with selector and transform.');
    return;
  }
  refuseUnknownKeys(input, ['name', 'selector', 'transform', 'schedule', 'priority'], pointer, findings);
  const name = member(input, 'name');
  if (name !== undefined && typeof name !== 'string') findings.add(below(pointer, 'name'), 'wrong_type', 'A name is text.');
  else if (name !== undefined && name.length > RULE_LIMITS.nameLength) {
    findings.add(below(pointer, 'name'), 'too_long', `A name has at most ${RULE_LIMITS.nameLength} characters.`);
  }
  checkSelector(member(input, 'selector'), below(pointer, 'selector'), findings);
  checkTransform(member(input, 'transform'), below(pointer, 'transform'), currency, findings);
  const schedule = member(input, 'schedule');
  if (schedule !== undefined && schedule !== null) checkSchedule(schedule, below(pointer, 'schedule'), findings);
  const priority = member(input, 'priority');
  if (priority !== undefined && !Number.isSafeInteger(priority)) findings.add(below(pointer, 'priority'), 'wrong_type', 'A priority is a whole number.');
}
