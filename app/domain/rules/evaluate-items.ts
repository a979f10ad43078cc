import { type CurrencyCode, isCurrencyCode } from '../kernel/currency.ts';
import { formatMinorUnits } from '../kernel/money.ts';
import { type Result, ok, problem } from '../kernel/result.ts';
import { compileRule } from './compile.ts';
import type { Facts } from './facts.ts';
import { Findings, isObject, member, refuseUnknownKeys } from './findings.ts';
import { readItems } from './read-items.ts';
import { renderTrace } from './render-trace.ts';
import type { Rule } from './rule.ts';
import type { Trace } from './trace.ts';
import { checkRule } from './validate.ts';
import type { BlockReason, Outcome, Verdict, WarningCode } from './verdict.ts';

/** One answer of the evaluate call. Prices are decimal strings with exactly the currency's decimals, given where the row has a price. */
export interface EvaluatedItem {
  readonly outcome: Outcome;
  readonly reason?: BlockReason;
  readonly price?: string;
  /** Null where there is none. */
  readonly compareAtPrice?: string | null;
  readonly warnings: readonly WarningCode[];
  readonly trace: Trace;
  readonly text: string;
}

export interface Evaluation {
  readonly results: readonly EvaluatedItem[];
}

/**
 * The dry run of API.md's POST /rules/evaluate: `{rule, currencyCode, items}` → one result for each item, in order.
 * Pure: reads nothing but its input. Errors: kind `invalid` with all faults at once and pointers into the body
 * (`/rule/selector/…`, `/items/3/variant/price`), code `invalid_rule` where the rule is at fault, else `invalid_request`.
 */
export function evaluateItems(body: unknown): Result<Evaluation> {
  const findings = new Findings();
  if (!isObject(body)) return problem('invalid', 'invalid_request', 'The body is an object with rule, currencyCode and items.', [{ pointer: '', code: 'wrong_type', message: 'Here belongs an object.' }]);
  refuseUnknownKeys(body, ['rule', 'currencyCode', 'items'], '', findings);
  const currency = member(body, 'currencyCode');
  if (!isCurrencyCode(currency)) {
    findings.add('/currencyCode', currency === undefined ? 'required' : 'unknown_currency', 'A currency is an ISO 4217 code such as "USD".');
    return refusal(findings);
  }
  checkRule(member(body, 'rule'), '/rule', currency, findings);
  const facts = readItems(member(body, 'items'), '/items', currency, findings);
  if (findings.errors.length > 0) return refusal(findings);
  return ok(evaluateFacts(member(body, 'rule') as Rule, currency, facts));
}

/** Evaluates a valid rule on facts, with traces and their text. */
export function evaluateFacts(rule: Rule, currency: CurrencyCode, rows: readonly Facts[]): Evaluation {
  const compiled = compileRule(rule, currency);
  return { results: rows.map((facts) => presentVerdict(compiled.evaluate(facts), currency)) };
}

/** A verdict in the shape of API.md. */
export function presentVerdict(verdict: Verdict, currency: CurrencyCode): EvaluatedItem {
  const { outcome, reason, price, compareAtPrice, warnings } = verdict;
  const trace = verdict.trace ?? [];
  return {
    outcome,
    ...(reason === null ? {} : { reason }),
    ...(price === null ? {} : { price: formatMinorUnits(price, currency), compareAtPrice: compareAtPrice === null ? null : formatMinorUnits(compareAtPrice, currency) }),
    warnings, trace, text: renderTrace(trace, currency),
  };
}

function refusal(findings: Findings): Result<never> {
  const inRule = findings.errors.some(({ pointer }) => pointer === '/rule' || pointer.startsWith('/rule/'));
  const first = findings.errors[0];
  const detail = `${inRule ? 'The rule' : 'The request'} is not valid. ${first?.pointer}: ${first?.message}`;
  return problem('invalid', inRule ? 'invalid_rule' : 'invalid_request', detail, findings.errors);
}
