import { numberOf } from './conditions.ts';
import { fieldNamed } from './fields.ts';
import { below } from './findings.ts';
import { claimOf } from './lint-claims.ts';
import type { LintFinding } from './lint-finding.ts';
import { between, intersection } from './lint-intervals.ts';
import { Refuter } from './lint-refute.ts';
import { looksLikeFraction } from './lint-slips.ts';
import type { Condition, Selector } from './rule.ts';
import { printSearch } from './search/print.ts';
import { foldText } from './text.ts';

/** What is odd about a valid selector; pointers begin with `pointer`. */
export function lintSelector(selector: Selector, pointer: string): LintFinding[] {
  const found: LintFinding[] = [];
  const refuter = new Refuter();
  const nothing = refuter.refutes([selector]);
  if (nothing) locate(selector, pointer, refuter, found);
  else if (isEverything(selector)) return found;
  else if (refuter.refutes([], [selector])) {
    found.push({ code: 'selects_everything', severity: 'warning', pointer, message: `${quote(selector)} is true of every variant: nothing is left out.`, advice: 'Take the conditions away if every variant is meant; otherwise correct them.' });
  } else walk(selector, pointer, [], [], refuter, found);
  lintConditions(selector, pointer, nothing, found);
  return found;
}

/** True for a selector that says in so many words that everything is selected. */
export function isEverything(selector: Selector): boolean {
  return 'all' in selector && selector.all.length === 0;
}

/** Says where the contradiction is: in one part, between two, or in all of them together. */
function locate(selector: Selector, pointer: string, refuter: Refuter, found: LintFinding[]): void {
  const nothing = (at: string, message: string, advice: string): void => void found.push({ code: 'selects_nothing', severity: 'contradiction', pointer: at, message, advice });
  if ('field' in selector) {
    if (!leafFinding(selector, pointer, true, found)) nothing(pointer, `${quote(selector)} is never true, so no variant is selected.`, 'Correct its value.');
  } else if ('not' in selector) nothing(pointer, `What is excluded here, ${quote(selector.not)}, is every variant, so none is selected.`, 'Exclude less.');
  else if ('any' in selector) {
    if (selector.any.length === 0) nothing(pointer, 'There is no alternative in this group, so no variant is selected.', 'Add a condition, or take the group away.');
    else {
      nothing(pointer, 'None of these alternatives can ever be true, so no variant is selected.', 'Correct one of them.');
      selector.any.forEach((part, i) => 'field' in part && leafFinding(part, below(below(pointer, 'any'), i), true, found));
    }
  } else {
    const parts = selector.all;
    const at = (i: number): string => below(below(pointer, 'all'), i);
    const alone = parts.findIndex((part) => refuter.refutes([part]));
    const one = parts[alone];
    if (one !== undefined) return locate(one, at(alone), refuter, found);
    for (let j = 1; j < parts.length; j++) {
      const later = parts[j];
      const earlier = later && parts.slice(0, j).find((part) => refuter.refutes([part, later]));
      if (earlier && later) return nothing(at(j), `${quote(later)} and ${quote(earlier)} are never true together, so no variant is selected.`, 'Correct one of the two, or put them into a group where any may be true.');
    }
    const end = parts.findIndex((_, i) => refuter.refutes(parts.slice(0, i + 1)));
    nothing(end < 0 ? pointer : at(end), 'Together with the conditions before it this is never true, so no variant is selected.', 'Correct one of them.');
  }
}

/**
 * Looks for parts that could be left out. A part counts only where the others of its `all` hold and the others of its `any`
 * do not: `context` are selectors that may be taken for true there, `outside` those that may be taken for false.
 */
function walk(selector: Selector, pointer: string, context: readonly Selector[], outside: readonly Selector[], refuter: Refuter, found: LintFinding[]): void {
  if ('field' in selector) return;
  if ('not' in selector) return part(selector.not, below(pointer, 'not'), context, outside, refuter, found);
  const key = 'all' in selector ? 'all' : 'any';
  // From the last to the first, so that of two that say the same the later is told.
  let others = 'all' in selector ? selector.all : selector.any;
  for (let i = others.length - 1; i >= 0 && !refuter.exhausted; i--) {
    const one = others[i];
    if (one === undefined) continue;
    const rest = others.toSpliced(i, 1);
    const inContext = key === 'all' ? [...context, ...rest] : context;
    const outsideOf = key === 'any' ? [...outside, ...rest] : outside;
    const told = found.length;
    part(one, below(below(pointer, key), i), inContext, outsideOf, refuter, found);
    // What may be left out helps to leave out no other.
    if (found[told]?.pointer === below(below(pointer, key), i)) others = rest;
  }
}

function part(selector: Selector, pointer: string, context: readonly Selector[], outside: readonly Selector[], refuter: Refuter, found: LintFinding[]): void {
  if (isEverything(selector) || ('any' in selector && selector.any.length === 0)) {
    const everything = isEverything(selector);
    found.push({ code: everything ? 'always_true' : 'never_true', severity: 'hint', pointer, message: everything ? 'An empty group is always true.' : 'A group without alternatives is never true.', advice: 'Add a condition to it, or take it away.' });
  } else if (refuter.refutes([selector])) {
    if ('field' in selector && leafFinding(selector, pointer, false, found)) return;
    found.push({ code: 'never_true', severity: 'warning', pointer, message: `${quote(selector)} is never true.`, advice: 'Correct it, or take it away.' });
  } else if (refuter.refutes([], [selector])) {
    if ('field' in selector && leafFinding(selector, pointer, false, found)) return;
    found.push({ code: 'always_true', severity: 'warning', pointer, message: `${quote(selector)} is true of every variant.`, advice: 'Correct it, or take it away.' });
  } else if (context.length + outside.length > 0 && refuter.refutes([...context, selector], outside)) {
    found.push({ code: 'covered_alternative', severity: 'hint', pointer, message: `${quote(selector)} adds nothing to what stands beside it.`, advice: 'Take it away, or correct it if it was meant to change something.' });
  } else if (context.length + outside.length > 0 && refuter.refutes(context, [...outside, selector])) {
    found.push({ code: 'redundant_condition', severity: 'hint', pointer, message: `${quote(selector)} leaves nothing out that the conditions beside it do not leave out already.`, advice: 'Take it away, or correct it if it was meant to leave something out.' });
  } else walk(selector, pointer, context, outside, refuter, found);
}

/** What is odd about single conditions, whatever is around them. */
function lintConditions(selector: Selector, pointer: string, nothing: boolean, found: LintFinding[]): void {
  if ('all' in selector) selector.all.forEach((one, i) => lintConditions(one, below(below(pointer, 'all'), i), nothing, found));
  else if ('any' in selector) selector.any.forEach((one, i) => lintConditions(one, below(below(pointer, 'any'), i), nothing, found));
  else if ('not' in selector) lintConditions(selector.not, below(pointer, 'not'), false, found);
  else if (!found.some((finding) => finding.pointer === pointer && finding.severity !== 'hint')) leafFinding(selector, pointer, nothing, found);
}

const STATUSES: readonly string[] = ['active', 'draft', 'archived', 'unlisted'];
const ZERO = { n: 0n, d: 1n };
const HUNDRED = { n: 100n, d: 1n };

/**
 * The oddity of one condition, if it has one; true where it was told. A condition that is never true is a contradiction only
 * where `nothing` is selected at all.
 */
function leafFinding(condition: Condition, pointer: string, nothing: boolean, found: LintFinding[]): boolean {
  const finding = oddity(condition, pointer);
  if (finding === null) return false;
  const severity = finding.severity === 'contradiction' && !nothing ? 'warning' : finding.severity;
  if (!found.some((other) => other.pointer === pointer && other.code === finding.code)) found.push({ ...finding, severity });
  return true;
}

function oddity(condition: Condition, pointer: string): LintFinding | null {
  const { field, op, value } = condition;
  const kind = fieldNamed(field)?.kind ?? 'text';
  const said = quote(condition);
  const values = (Array.isArray(value) ? value : value === undefined || value === null || value === true ? [] : [value]) as readonly (string | number)[];
  if (op === 'in' && values.length === 0) return { code: 'empty_list', severity: 'contradiction', pointer, message: 'The list is empty, so the condition is never true.', advice: 'Give the list its values, or take the condition away.' };
  if (op === 'notIn' && values.length === 0) return { code: 'empty_list', severity: 'warning', pointer, message: 'The list is empty, so the condition is always true.', advice: 'Give the list its values, or take the condition away.' };
  if (kind === 'text' || kind === 'set') {
    if (values.some((text) => typeof text === 'string' && foldText(text) === '')) {
      const partly = op === 'contains' || op === 'startsWith' || op === 'endsWith' || op === 'notContains';
      return { code: 'empty_text', severity: 'warning', pointer, message: kind === 'set' ? 'No tag or collection is called by an empty text.' : partly ? 'Every text contains the empty text, so this asks only whether there is one.' : 'This compares with an empty text.', advice: 'Give a value, or ask whether it is set.' };
    }
    const odd = field === 'product.status' && ['eq', 'neq', 'in', 'notIn'].includes(op) ? values.filter((status) => !STATUSES.includes(foldText(String(status)))) : [];
    if (odd.length > 0) return { code: 'unknown_status', severity: 'warning', pointer, message: `No product has the status ${odd.map((status) => `“${status}”`).join(', ')}.`, advice: `The statuses are ${STATUSES.join(', ')}.` };
    return null;
  }
  const claim = claimOf(condition, false);
  if (claim.kind !== 'number') return null;
  if (op === 'between' && claim.present.length === 0) return { code: 'range_reversed', severity: 'contradiction', pointer, message: `The lowest value is above the highest in ${said}, so the condition is never true.`, advice: 'Change the two.' };
  const only = (low: typeof ZERO | null, high: typeof ZERO | null): boolean => !claim.missing && claim.present.length > 0 && intersection(claim.present, between(low, false, high, false)).length === 0;
  if ((kind === 'money' || field === 'competitor.count') && only(ZERO, null)) return { code: 'below_zero', severity: 'warning', pointer, message: `${said} asks for an amount below zero, which no variant has.`, advice: 'Correct the value.' };
  if (kind !== 'percentage') return null;
  if (only(null, HUNDRED)) return { code: 'margin_above_hundred', severity: 'warning', pointer, message: `${said} asks for a margin above 100 %, which no price has.`, advice: 'Correct the value.' };
  const fraction = values.find((one) => looksLikeFraction(numberOf(one)));
  if (fraction !== undefined) return { code: 'fraction_as_percent', severity: 'warning', pointer, message: `${said} compares with ${fraction} %, less than one percent.`, advice: 'Percentages are written as such: a fifth is 20, not 0.2.' };
  return null;
}

/** A selector as its text, cut where it is long. */
function quote(selector: Selector): string {
  const text = printSearch(selector) || '*';
  return `“${text.length > 80 ? `${text.slice(0, 79)}…` : text}”`;
}
