import { type Result, fail, ok } from '../../kernel/result.ts';
import { OPS_OF_KIND, fieldNamed } from '../fields.ts';
import { Findings } from '../findings.ts';
import { RULE_LIMITS } from '../rule-limits.ts';
import type { Condition, ConditionOp, Selector } from '../rule.ts';
import { checkSelector } from '../validate-selector.ts';
import { canonicalNumber, canonicalSelector, conjunctionOf, disjunctionOf, negationOf } from './canonical.ts';
import { FREE_TEXT_FIELDS, QUOTABLE_BEGINNINGS, adviceForName, fieldOfName, matchesInPart } from './names.ts';
import { type Atom, Scanner, type SearchFault, quoted } from './scanner.ts';

/** Longer texts are refused unread. No selector that a request may carry is longer. */
export const SEARCH_TEXT_MAX_LENGTH = 5 * 1024 * 1024;
/** Parentheses in each other; a selector of the most levels needs no more than one for each. */
const PARENTHESES_MAX = RULE_LIMITS.selectorDepth + 1;

/**
 * Selector text as a selector, in canonical form. The grammar is that of Shopify's search
 * (https://shopify.dev/docs/api/usage/search-syntax): terms with AND (which may be left out) and OR, of which OR binds closer,
 * `-` or NOT before a term, parentheses, `field:value` with `:`, `:>`, `:>=`, `:<`, `:<=`, phrases in double or single
 * quotes, `\` before a character that means itself, `field:*` for "is set", and lists `field:a,b`.
 * Beyond Shopify's: a `*` also at the beginning of a value (`sku:*-XL` ends with, `title:*mug*` contains), and `:=` for the
 * whole of a text that `:` matches in part. `*` alone is every variant, `-*` none, and so is no text at all every one.
 * A word without a field must occur in title, vendor, SKU, variant title or product type, as in the catalog's free text;
 * a `*` behind it changes nothing, since parts of words are found anyway.
 * Error: the first thing that is wrong, with its column. Takes time in proportion to the text.
 */
export function parseSearch(text: string): Result<Selector, SearchFault> {
  if (text.length > SEARCH_TEXT_MAX_LENGTH) return fail({ code: 'too_long', column: SEARCH_TEXT_MAX_LENGTH + 1, message: `A text has at most ${SEARCH_TEXT_MAX_LENGTH} characters.` });
  const scanner = new Scanner(text);
  const parser = new Parser(scanner);
  scanner.skipSpace();
  const selector = scanner.ended ? { all: [] } : parser.query(0);
  if (selector !== null && !scanner.ended) scanner.refuse('unexpected_character', scanner.at, 'This parenthesis closes none.');
  if (selector === null || scanner.fault !== null) return fail(scanner.fault ?? { code: 'missing_term', column: 1, message: 'This cannot be read.' });
  const findings = new Findings();
  checkSelector(selector, '', findings);
  const refused = findings.errors[0];
  if (refused !== undefined) return fail({ code: refused.code === 'too_deep' ? 'too_deep' : 'too_large', column: 1, message: refused.message });
  return ok(selector);
}

type Comparator = ':' | ':=' | ':>' | ':>=' | ':<' | ':<=';
const ORDER_OPS: Readonly<Partial<Record<Comparator, ConditionOp>>> = { ':>': 'gt', ':>=': 'gte', ':<': 'lt', ':<=': 'lte' };

class Parser {
  private readonly scanner: Scanner;
  private nodes = 0;

  constructor(scanner: Scanner) {
    this.scanner = scanner;
  }

  /** Terms up to a closing parenthesis or the end; the parenthesis is left. */
  query(depth: number): Selector | null {
    const scanner = this.scanner;
    const all: Selector[] = [];
    for (;;) {
      const part = this.disjunction(depth);
      if (part === null) return null;
      all.push(part);
      scanner.skipSpace();
      if (scanner.ended || scanner.peek() === ')') return conjunctionOf(all);
      this.connective('AND');
    }
  }

  private disjunction(depth: number): Selector | null {
    const any: Selector[] = [];
    for (;;) {
      const term = this.term(depth);
      if (term === null) return null;
      any.push(term);
      this.scanner.skipSpace();
      if (!this.connective('OR')) return disjunctionOf(any);
    }
  }

  private term(depth: number): Selector | null {
    const scanner = this.scanner;
    let negative = false;
    for (;;) {
      scanner.skipSpace();
      const at = scanner.at;
      if (scanner.takes('-')) {
        if (scanner.ended || /\s/u.test(scanner.peek())) return scanner.refuse('missing_term', at, 'A - stands directly before what it excludes: -vendor:Acme. For the character itself write "-".');
        negative = !negative;
      } else if (this.connective('NOT')) negative = !negative;
      else break;
    }
    const at = scanner.at;
    if (scanner.ended || scanner.peek() === ')') return scanner.refuse('missing_term', at, 'Here a term is missing, such as tag:summer or price:>10.');
    const part = scanner.peek() === '(' ? this.group(depth) : this.plainTerm();
    if (part === null) return null;
    this.nodes++;
    if (this.nodes > RULE_LIMITS.selectorNodes) return scanner.refuse('too_large', at, `A selector has at most ${RULE_LIMITS.selectorNodes} parts.`);
    return negative ? negationOf(part) : part;
  }

  private group(depth: number): Selector | null {
    const scanner = this.scanner;
    const open = scanner.at;
    if (depth >= PARENTHESES_MAX) return scanner.refuse('too_deep', open, `Parentheses are at most ${PARENTHESES_MAX} levels deep.`);
    scanner.takes('(');
    const inside = this.query(depth + 1);
    if (inside === null) return null;
    if (!scanner.takes(')')) return scanner.refuse('missing_parenthesis', open, 'This parenthesis is not closed.');
    return inside;
  }

  /** True where the word comes next, in capitals and with something after it; it is then behind us. */
  private connective(word: 'AND' | 'OR' | 'NOT'): boolean {
    const scanner = this.scanner;
    if (!scanner.text.startsWith(word, scanner.at)) return false;
    const after = scanner.text[scanner.at + word.length];
    if (after !== undefined && after !== '(' && !/\s/u.test(after)) return false;
    scanner.at += word.length;
    return true;
  }

  private plainTerm(): Selector | null {
    const scanner = this.scanner;
    const name = scanner.atom(':', QUOTABLE_BEGINNINGS);
    if (name === null) return null;
    return scanner.peek() === ':' ? this.condition(name) : this.freeText(name);
  }

  private freeText({ text, starBefore, starAfter, bare, start }: Atom): Selector | null {
    const scanner = this.scanner;
    if (text === '') {
      if (starBefore && bare && !starAfter) return { all: [] };
      return scanner.refuse('missing_value', start, starBefore ? 'A single * is every variant.' : 'Between the quotation marks there is nothing to look for.');
    }
    if (bare && /^(and|or|not)$/i.test(text)) {
      const capital = text.toUpperCase();
      return text === capital
        ? scanner.refuse('missing_term', start, `Here a term is missing. For the word itself write "${text}".`)
        : scanner.refuse('lower_case_connective', start, `Write ${capital} in capitals, or "${text}" for the word itself.`);
    }
    const sign = bare ? /[<>=]/.exec(text) : null;
    if (sign !== null) {
      return scanner.refuse('unexpected_character', start + sign.index, `A comparison has a colon after the field: ${quoted(`${text.slice(0, sign.index) || 'price'}:${text.slice(sign.index)}`)}. For these characters themselves write "${text}".`);
    }
    this.nodes += FREE_TEXT_FIELDS.length;
    return { any: FREE_TEXT_FIELDS.map((field): Condition => ({ field, op: 'contains', value: text })) };
  }

  private condition(name: Atom): Selector | null {
    const scanner = this.scanner;
    const negative = name.bare && name.text.toLowerCase() === 'tag_not';
    const field = negative ? 'product.tags' : fieldOfName(name.text);
    const kind = field === null || name.starBefore || name.starAfter ? undefined : fieldNamed(field)?.kind;
    if (field === null || kind === undefined) return scanner.refuse('unknown_field', name.start, `There is no field ${quoted(scanner.text.slice(name.start, scanner.at))}. ${adviceForName(name.text)}`);
    const colon = scanner.at;
    const comparator = this.comparator();
    const order = ORDER_OPS[comparator];
    const called = scanner.text.slice(name.start, colon);
    if (order !== undefined && !OPS_OF_KIND[kind].includes(order)) return scanner.refuse('comparator_not_applicable', colon, `${quoted(called)} is text; only :, and * in its value, compare it.`);
    if (comparator === ':=' && kind === 'set') return scanner.refuse('comparator_not_applicable', colon, `${quoted(called)} has several values; write ${quoted(`${called}:value`)} for one of them.`);

    const parts: Selector[] = [];
    const values: (string | number)[] = [];
    do {
      const start = scanner.at;
      if (parts.length >= RULE_LIMITS.listMembers) return scanner.refuse('too_large', start, `A list has at most ${RULE_LIMITS.listMembers} members.`);
      if (scanner.atBoundary || scanner.peek() === ',') return scanner.refuse('missing_value', start, this.missingValue(comparator, called));
      const value = scanner.atom(',');
      if (value === null) return null;
      const part = this.one(field, comparator, value, called);
      if (part === null) return null;
      if (scanner.peek() === ',' && (order !== undefined || ('field' in part && part.op === 'isSet'))) {
        return scanner.refuse('wrong_value', scanner.at, order === undefined ? 'A * alone stands alone.' : `After ${comparator} comes one value. A number has no comma: write 10000, not 10,000.`);
      }
      if (parts.length > 0 && kind !== 'text' && kind !== 'set' && /^0[0-9]/.test(value.text)) return scanner.refuse('wrong_value', start, 'A comma parts the values of a list. A number has none: write 10000, not 10,000.');
      parts.push(part);
      if ('field' in part && part.op === 'eq') values.push(part.value as string | number);
    } while (scanner.takes(','));
    if (!scanner.atBoundary) return scanner.refuse('unexpected_character', scanner.at, `After a value comes a space, not ${quoted(scanner.peek())}.`);

    const listed = parts.length > 1 && values.length === parts.length && OPS_OF_KIND[kind].includes('in');
    this.nodes += listed ? 0 : parts.length - 1;
    const selector = listed ? canonicalSelector({ field, op: 'in', value: values }) : disjunctionOf(parts);
    return negative ? negationOf(selector) : selector;
  }

  private missingValue(comparator: Comparator, called: string): string {
    const scanner = this.scanner;
    const before = scanner.text[scanner.at - 1];
    if (before === ',') return 'After a comma comes the next value of the list, without a space.';
    if (scanner.peek() === '(') return `After ${comparator} comes a value; write ${quoted(`(${called}:a OR ${called}:b)`)} or ${quoted(`${called}:a,b`)}.`;
    return `Directly after ${comparator} comes a value, without a space.`;
  }

  private comparator(): Comparator {
    const scanner = this.scanner;
    scanner.takes(':');
    for (const [sign, comparator] of [['>=', ':>='], ['<=', ':<='], ['>', ':>'], ['<', ':<'], ['=', ':=']] as const) {
      if (!scanner.text.startsWith(sign, scanner.at)) continue;
      scanner.at += sign.length;
      return comparator;
    }
    return ':';
  }

  /** One value as a condition. */
  private one(field: string, comparator: Comparator, value: Atom, called: string): Condition | null {
    const scanner = this.scanner;
    const kind = fieldNamed(field)?.kind ?? 'text';
    const starred = value.starBefore || value.starAfter;
    if (value.starBefore && !value.starAfter && value.text === '' && value.bare) {
      return comparator === ':' ? { field, op: 'isSet' } : scanner.refuse('star_not_applicable', value.start, `Whether ${quoted(called)} is set at all is asked by ${quoted(`${called}:*`)}.`);
    }
    if (starred && (kind !== 'text' || comparator === ':=')) {
      return scanner.refuse('star_not_applicable', value.start, kind === 'text' ? ':= compares the whole of a text, without *. For the character itself write \\*.' : `${quoted(called)} is compared as a whole; a * alone asks whether there is one. For the character itself write \\*.`);
    }
    const condition: Condition = { field, op: opOf(field, kind, comparator, value), value: kind === 'count' || kind === 'score' ? countOf(value.text) : kind === 'text' || kind === 'set' || kind === 'time' ? value.text : canonicalNumber(value.text) };
    const findings = new Findings();
    checkSelector(condition, '', findings);
    const refused = findings.errors[0];
    if (refused !== undefined) return scanner.refuse('wrong_value', value.start, `${quoted(value.text)} does not fit ${quoted(called)}: ${refused.message}`);
    return condition;
  }
}

function opOf(field: string, kind: string, comparator: Comparator, { starBefore, starAfter }: Atom): ConditionOp {
  const order = ORDER_OPS[comparator];
  if (order !== undefined) return order;
  if (kind === 'set') return 'contains';
  if (kind !== 'text' || comparator === ':=') return 'eq';
  if (starBefore) return starAfter ? 'contains' : 'endsWith';
  if (starAfter) return 'startsWith';
  return matchesInPart(field) ? 'contains' : 'eq';
}

/** A number that no decimal string can say comes as JSON prints it: 1e-60. */
function countOf(text: string): string | number {
  return /^-?[0-9]+(\.[0-9]+)?e-?[0-9]{1,3}$/i.test(text) && Number.isFinite(Number(text)) ? canonicalNumber(Number(text)) : canonicalNumber(text);
}
