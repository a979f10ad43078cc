import { type CurrencyCode, decimalsOf } from '../kernel/currency.ts';
import { isUuid } from '../kernel/ids.ts';
import { inMinorUnits, parseDecimal } from '../kernel/money.ts';
import { compareRational, rational } from '../kernel/rational.ts';
import type { Rational } from '../kernel/rational.ts';
import { type Result, ok, problem } from '../kernel/result.ts';
import { Findings, below, checkDecimal, isObject, member, refuseUnknownKeys } from '../rules/findings.ts';
import type { JsonObject } from '../rules/findings.ts';
import { checkSelector } from '../rules/validate-selector.ts';
import { isTimeZone } from './local-time.ts';
import { GUARD_ACTIONS, PLAN_ACTIONS, WEEK_DAYS } from './policy.ts';
import type { ApprovalPolicy, Guardrails, PolicyDocument, QuietWindow } from './policy.ts';
import { coversTheWeek } from './quiet-hours.ts';

export const POLICY_LIMITS = { productIds: 10_000, windows: 50, rows: 10_000_000, hours: 8_760, writesPerDay: 1_000 } as const;

const CLOCK = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;
const HUNDRED = rational(100n);
const LARGEST = rational(1_000_000_000_000n);

/**
 * Reads what a shop wants its policies to be. A part that is left out stays as it is in `current`; inside `guardrails` a guardrail that
 * is left out, or null, does not limit. Actions that are not given block.
 * Error: invalid `invalid_policy`, with everything that is wrong at once, each with its JSON pointer.
 */
export function readPolicy(input: unknown, current: PolicyDocument, currency: CurrencyCode): Result<PolicyDocument> {
  const findings = new Findings();
  if (!isObject(input)) return problem('invalid', 'invalid_policy', 'Policies are an object with guardrails and approvals.', [{ pointer: '', code: 'wrong_type', message: 'Send an object.' }]);
  refuseUnknownKeys(input, ['guardrails', 'approvals', 'version'], '', findings);
  const version = member(input, 'version') ?? null;
  if (version !== null && !(typeof version === 'number' && Number.isInteger(version) && version >= 1)) findings.add('/version', 'wrong_type', 'A version is a whole number, or null where no policies were set.');
  const guardrails = member(input, 'guardrails') === undefined ? current.guardrails : readGuardrails(member(input, 'guardrails'), currency, findings);
  const approvals = member(input, 'approvals') === undefined ? current.approvals : readApprovals(member(input, 'approvals'), current.approvals, findings);
  if (findings.errors.length === 0) return ok({ guardrails, approvals });
  const first = findings.errors[0]!;
  const more = findings.errors.length - 1;
  return problem('invalid', 'invalid_policy', `The policies are not valid. ${first.pointer || 'The whole'}: ${first.message}${more > 0 ? ` And ${more} more.` : ''}`, findings.errors);
}

function readGuardrails(input: unknown, currency: CurrencyCode, findings: Findings): Guardrails {
  const at = '/guardrails';
  if (!isObject(input)) {
    findings.add(at, 'wrong_type', 'Guardrails are an object.');
    return {};
  }
  refuseUnknownKeys(input, ['minMarginPercent', 'belowCost', 'respectMap', 'maxIncreasePercent', 'maxDecreasePercent', 'maxShareOfCatalogPercent',
    'maxRevenueEffect', 'frozen', 'quietHours', 'maxWritesPerVariantPerDay'], at, findings);
  const found: Record<string, unknown> = {};
  const part = (name: string, keys: readonly string[], read: (object: JsonObject, pointer: string) => unknown): void => {
    const value = member(input, name);
    if (value === undefined || value === null) return;
    const pointer = below(at, name);
    if (!isObject(value)) return findings.add(pointer, 'wrong_type', `"${name}" is an object with ${keys.join(', ')}.`);
    refuseUnknownKeys(value, keys, pointer, findings);
    found[name] = read(value, pointer);
  };
  const percent = (most: Rational | null, includes: boolean) => (object: JsonObject, pointer: string) =>
    ({ value: readAmount(object, 'value', pointer, { most, includes, what: 'A percentage' }, findings), action: readChoice(object, 'action', GUARD_ACTIONS, 'block', pointer, findings) });
  const action = (object: JsonObject, pointer: string) => ({ action: readChoice(object, 'action', GUARD_ACTIONS, 'block', pointer, findings) });

  part('minMarginPercent', ['value', 'action'], percent(HUNDRED, false));
  part('belowCost', ['action'], action);
  part('respectMap', ['action'], action);
  part('maxIncreasePercent', ['value', 'action'], percent(null, true));
  part('maxDecreasePercent', ['value', 'action'], percent(HUNDRED, true));
  part('maxShareOfCatalogPercent', ['value', 'action'], (object, pointer) => ({
    value: readAmount(object, 'value', pointer, { most: HUNDRED, includes: true, what: 'A percentage' }, findings), action: readChoice(object, 'action', PLAN_ACTIONS, 'block', pointer, findings),
  }));
  part('maxRevenueEffect', ['value', 'unit', 'action'], (object, pointer) => {
    const unit = readChoice(object, 'unit', ['percent', 'amount'] as const, 'percent', pointer, findings);
    const value = readAmount(object, 'value', pointer, { most: null, includes: true, what: unit === 'amount' ? 'An amount' : 'A percentage' }, findings);
    if (unit === 'amount') checkDecimals(value, below(pointer, 'value'), currency, findings);
    return { value, unit, action: readChoice(object, 'action', PLAN_ACTIONS, 'block', pointer, findings) };
  });
  part('frozen', ['selector', 'productIds'], (object, pointer) => readFrozen(object, pointer, findings));
  part('quietHours', ['timeZone', 'windows'], (object, pointer) => readQuietHours(object, pointer, findings));
  part('maxWritesPerVariantPerDay', ['value'], (object, pointer) => ({ value: readWhole(object, 'value', 1, POLICY_LIMITS.writesPerDay, pointer, findings) }));
  return found as Guardrails;
}

function readFrozen(object: JsonObject, pointer: string, findings: Findings): Guardrails['frozen'] {
  const selector = member(object, 'selector') ?? null;
  if (selector !== null) checkSelector(selector, below(pointer, 'selector'), findings);
  const ids: unknown = member(object, 'productIds') ?? [];
  const idsPointer = below(pointer, 'productIds');
  if (!Array.isArray(ids)) findings.add(idsPointer, 'wrong_type', 'productIds is a list of product ids.');
  else if (ids.length > POLICY_LIMITS.productIds) findings.add(idsPointer, 'too_large', `At most ${POLICY_LIMITS.productIds} products are frozen one by one; use a selector.`);
  else ids.forEach((id: unknown, i) => (typeof id === 'string' && isUuid(id.toLowerCase()) ? undefined : findings.add(below(idsPointer, i), 'wrong_value', 'A product id is a UUID.')));
  const productIds = Array.isArray(ids) ? [...new Set(ids.map((id) => String(id).toLowerCase()))].sort() : [];
  return { ...(selector === null ? {} : { selector: selector as never }), ...(productIds.length === 0 ? {} : { productIds }) };
}

function readQuietHours(object: JsonObject, pointer: string, findings: Findings): Guardrails['quietHours'] {
  const zone = member(object, 'timeZone');
  const timeZone = typeof zone === 'string' && isTimeZone(zone) ? zone : null;
  if (timeZone === null) findings.add(below(pointer, 'timeZone'), zone === undefined ? 'required' : 'unknown_time_zone', 'A time zone is an IANA name such as "Europe/Berlin".');
  const input = member(object, 'windows');
  const at = below(pointer, 'windows');
  if (!Array.isArray(input) || input.length === 0 || input.length > POLICY_LIMITS.windows) {
    findings.add(at, input === undefined ? 'required' : 'wrong_value', `Quiet hours have 1 to ${POLICY_LIMITS.windows} windows such as {"days":["mon"],"from":"22:00","to":"06:00"}.`);
    return { timeZone: 'UTC', windows: [] };
  }
  const before = findings.errors.length;
  const windows = input.map((window: unknown, i): QuietWindow => {
    const here = below(at, i);
    if (!isObject(window)) {
      findings.add(here, 'wrong_type', 'A window is an object with from, to and days.');
      return { days: [], from: '', to: '' };
    }
    refuseUnknownKeys(window, ['days', 'from', 'to'], here, findings);
    for (const key of ['from', 'to']) {
      const clock = member(window, key);
      if (typeof clock !== 'string' || !CLOCK.test(clock)) findings.add(below(here, key), clock === undefined ? 'required' : 'wrong_value', 'A time of the day is "HH:MM", from 00:00 to 23:59.');
    }
    const days = member(window, 'days') ?? [...WEEK_DAYS];
    if (!Array.isArray(days) || days.length === 0 || !days.every((day) => WEEK_DAYS.includes(day as never))) findings.add(below(here, 'days'), 'wrong_value', `Days are some of ${WEEK_DAYS.join(', ')}.`);
    return { days: WEEK_DAYS.filter((day) => Array.isArray(days) && days.includes(day)), from: String(member(window, 'from')), to: String(member(window, 'to')) };
  });
  if (findings.errors.length === before && coversTheWeek(windows)) findings.add(at, 'no_time_left', 'These windows leave no time at which a price could be written.');
  return { timeZone: timeZone ?? 'UTC', windows };
}

function readApprovals(input: unknown, current: ApprovalPolicy, findings: Findings): ApprovalPolicy {
  const at = '/approvals';
  if (!isObject(input)) {
    findings.add(at, 'wrong_type', 'Approvals are an object.');
    return current;
  }
  refuseUnknownKeys(input, ['approvers', 'role', 'ownChangeAllowed', 'planMaxAgeHours', 'automatic'], at, findings);
  const approvers = member(input, 'approvers') ?? 1;
  if (approvers !== 1 && approvers !== 2) findings.add(below(at, 'approvers'), 'wrong_value', 'One or two people approve: 1 or 2.');
  const own = member(input, 'ownChangeAllowed') ?? true;
  if (typeof own !== 'boolean') findings.add(below(at, 'ownChangeAllowed'), 'wrong_type', '"ownChangeAllowed" is true or false.');
  const hours = member(input, 'planMaxAgeHours') ?? null;
  const automatic = member(input, 'automatic') ?? null;
  return {
    approvers: approvers === 2 ? 2 : 1, role: readChoice(input, 'role', ['approver', 'admin'] as const, 'approver', at, findings), ownChangeAllowed: own === true,
    planMaxAgeHours: hours === null ? null : readWhole(input, 'planMaxAgeHours', 1, POLICY_LIMITS.hours, at, findings),
    automatic: automatic === null ? null : readAutomatic(automatic, below(at, 'automatic'), findings),
  };
}

function readAutomatic(input: unknown, at: string, findings: Findings): ApprovalPolicy['automatic'] {
  if (!isObject(input)) {
    findings.add(at, 'wrong_type', 'Automatic approval is an object with maxRows and maxChangePercent.');
    return null;
  }
  refuseUnknownKeys(input, ['maxRows', 'maxChangePercent', 'maxShareOfCatalogPercent'], at, findings);
  const maxRows = readWhole(input, 'maxRows', 1, POLICY_LIMITS.rows, at, findings);
  const maxChangePercent = readAmount(input, 'maxChangePercent', at, { most: null, includes: true, what: 'A percentage' }, findings);
  const share = member(input, 'maxShareOfCatalogPercent') ?? null;
  return {
    maxRows, maxChangePercent,
    ...(share === null ? {} : { maxShareOfCatalogPercent: readAmount(input, 'maxShareOfCatalogPercent', at, { most: HUNDRED, includes: true, what: 'A percentage' }, findings) }),
  };
}

function readChoice<C extends string>(object: JsonObject, key: string, choices: readonly C[], otherwise: C, pointer: string, findings: Findings): C {
  const value = member(object, key);
  if (value === undefined) return otherwise;
  const choice = choices.find((known) => known === value);
  if (choice === undefined) findings.add(below(pointer, key), 'wrong_value', `"${key}" is one of ${choices.join(', ')}.`);
  return choice ?? otherwise;
}

/** A decimal string, not negative, at most (or below) `most`. */
function readAmount(object: JsonObject, key: string, pointer: string, { most, includes, what }: { most: Rational | null; includes: boolean; what: string }, findings: Findings): string {
  const text = member(object, key);
  const at = below(pointer, key);
  if (!checkDecimal(text, at, what, findings)) return '0';
  const value = parseDecimal(text)!;
  const limit = most ?? LARGEST;
  const over = compareRational(value, limit);
  if (text.startsWith('-') || over > 0 || (over === 0 && !includes)) {
    findings.add(at, 'out_of_range', most === null ? `${what} here is not negative, and not more than a trillion.` : `${what} here is from 0 to ${includes ? '' : 'below '}100.`);
    return '0';
  }
  return text;
}

function readWhole(object: JsonObject, key: string, least: number, most: number, pointer: string, findings: Findings): number {
  const value = member(object, key);
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  findings.add(below(pointer, key), value === undefined ? 'required' : 'out_of_range', `"${key}" is a whole number from ${least} to ${most}.`);
  return least;
}

function checkDecimals(text: string, pointer: string, currency: CurrencyCode, findings: Findings): void {
  const minor = inMinorUnits(parseDecimal(text)!, currency);
  if (minor.n % minor.d !== 0n) findings.add(pointer, 'too_many_decimals', `${currency} has ${decimalsOf(currency)} decimals.`);
}
