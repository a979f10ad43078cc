import { problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { Findings } from '../../domain/rules/findings.ts';
import { RULE_LIMITS } from '../../domain/rules/rule-limits.ts';

/** What saving a rule takes. What is null counts as not given. */
export interface RuleInput {
  readonly rule: unknown;
  readonly name?: string | null;
  readonly enabled?: boolean | null;
  readonly version?: number | null;
  readonly automation?: unknown;
}

/**
 * What is wrong with what goes around a rule, before the rule itself is looked at; null where nothing is. A body may also be a rule
 * alone, and so its schema says nothing about these. Other members are left alone, so that a rule may come back as it was answered.
 * Errors: invalid `invalid_request` with pointers, `name_missing`.
 */
export function faultOf(input: RuleInput): Result<never> | null {
  const { name, enabled, version }: { name?: unknown; enabled?: unknown; version?: unknown } = input;
  const findings = new Findings();
  if (name !== undefined && name !== null) {
    if (typeof name !== 'string') findings.add('/name', 'wrong_type', 'A name is text.');
    else if (name.trim() === '') return problem('invalid', 'name_missing', 'A saved rule needs a name.', [{ pointer: '/name', code: 'required', message: 'Give the rule a name.' }]);
    else if (name.length > RULE_LIMITS.nameLength) findings.add('/name', 'too_long', `A name has at most ${RULE_LIMITS.nameLength} characters.`);
  }
  if (enabled !== undefined && enabled !== null && typeof enabled !== 'boolean') findings.add('/enabled', 'wrong_type', '"enabled" is true or false.');
  if (version !== undefined && version !== null && !(typeof version === 'number' && Number.isSafeInteger(version) && version >= 1)) findings.add('/version', 'wrong_type', 'A version is a whole number from 1: the one that this edit started from.');
  const [first] = findings.errors;
  return first ? problem('invalid', 'invalid_request', `${first.pointer}: ${first.message}`, findings.errors) : null;
}
