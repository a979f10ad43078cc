import { type CurrencyCode, isCurrencyCode } from '../kernel/currency.ts';
import { type Result, ok, problem } from '../kernel/result.ts';
import { Findings, isObject, member, refuseUnknownKeys } from './findings.ts';
import type { LintFinding } from './lint-finding.ts';
import { lintRule } from './lint.ts';
import type { Rule, Selector } from './rule.ts';
import { parseSearch } from './search/parse.ts';
import { printSearch } from './search/print.ts';
import { checkRule } from './validate.ts';
import { checkSelector } from './validate-selector.ts';

/**
 * POST /rules/lint: `{rule, currencyCode?}` → what lint finds. `shopCurrency` decides the decimals where none is given; `now`
 * is in milliseconds since the epoch. Errors: kind `invalid`, code `invalid_rule` or `invalid_request`, with pointers into the body.
 */
export function lintCall(body: unknown, shopCurrency: CurrencyCode, now: number): Result<{ findings: readonly LintFinding[] }> {
  const findings = new Findings();
  const input = isObject(body) ? body : {};
  refuseUnknownKeys(input, ['rule', 'currencyCode'], '', findings);
  const currency = member(input, 'currencyCode') ?? shopCurrency;
  if (!isCurrencyCode(currency)) findings.add('/currencyCode', 'unknown_currency', 'A currency is an ISO 4217 code such as "USD".');
  else checkRule(member(input, 'rule'), '/rule', currency, findings);
  const first = findings.errors[0];
  if (first !== undefined || !isCurrencyCode(currency)) {
    return problem('invalid', first?.pointer.startsWith('/rule') ? 'invalid_rule' : 'invalid_request', `${first?.pointer}: ${first?.message}`, findings.errors);
  }
  return ok({ findings: lintRule(member(input, 'rule') as Rule, currency, now) });
}

/** POST /selectors/parse: `{text}` → the selector. Error: kind `invalid`, code `invalid_selector_text`, with the column. */
export function parseCall(body: unknown): Result<{ selector: Selector }> {
  const text = isObject(body) ? member(body, 'text') : undefined;
  if (typeof text !== 'string') return problem('invalid', 'invalid_request', 'The body is an object with "text".', [{ pointer: '/text', code: text === undefined ? 'required' : 'wrong_type', message: 'Here belongs text.' }]);
  const parsed = parseSearch(text);
  if (parsed.ok) return ok({ selector: parsed.value });
  const { code, column, message } = parsed.error;
  return problem('invalid', 'invalid_selector_text', `Character ${column}: ${message}`, [{ pointer: '/text', code, message, column }]);
}

/** POST /selectors/print: `{selector}` → its text. Error: kind `invalid`, code `invalid_rule`, with pointers into the body. */
export function printCall(body: unknown): Result<{ text: string }> {
  const selector = isObject(body) ? member(body, 'selector') : undefined;
  const findings = new Findings();
  checkSelector(selector, '/selector', findings);
  const first = findings.errors[0];
  if (first !== undefined) return problem('invalid', 'invalid_rule', `${first.pointer}: ${first.message}`, findings.errors);
  return ok({ text: printSearch(selector as Selector) });
}
