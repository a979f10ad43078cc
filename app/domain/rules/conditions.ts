import type { CurrencyCode } from '../kernel/currency.ts';
import { formatExact, formatNumber, inMinorUnits, parseExact } from '../kernel/money.ts';
import type { Rational } from '../kernel/rational.ts';
import { amountText } from './amount-text.ts';
import type { Facts } from './facts.ts';
import { fieldNamed } from './fields.ts';
import { formatInstant, parseInstant } from './instant.ts';
import { type Compare, compareAmount, compareMargin, compareTime, marginPercent } from './compare-numbers.ts';
import type { Condition, ConditionOp } from './rule.ts';
import { foldText } from './text.ts';

type Test = (facts: Facts) => boolean;

/** One condition made into closures. */
export interface LeafTest {
  readonly test: Test;
  /** What the row has in this field, as a trace shows it. */
  readonly seen: (facts: Facts) => string | readonly string[] | null;
  /** Whether what it has is written without any character that JSON escapes: amounts and times are. */
  readonly plain: boolean;
}

/** Compiles a valid condition. A missing value makes it false, or true for isNotSet, neq, notIn and notContains. */
export function compileCondition(condition: Condition, currency: CurrencyCode): LeafTest {
  const field = fieldNamed(condition.field);
  if (field === null) throw new TypeError(`Not a validated rule: field ${condition.field}`);
  const { op } = condition;
  switch (field.kind) {
    case 'text': {
      const { read } = field;
      return { test: textTest(op, condition.value, read), seen: read, plain: false };
    }
    case 'set': {
      const { read } = field;
      return { test: setTest(op, condition.value, read), seen: read, plain: false };
    }
    case 'time': {
      const { read } = field;
      const against = (value: unknown): Compare => compareTime(read, parseInstant(value as string) ?? Number.NaN);
      return {
        test: numberTest(op, condition.value, (facts) => read(facts) !== null, against),
        plain: true,
        seen: (facts) => {
          const value = read(facts);
          return value === null ? null : formatInstant(value);
        },
      };
    }
    case 'percentage':
      return {
        test: numberTest(op, condition.value, (facts) => marginPercent(facts) !== null, (value) => compareMargin(numberOf(value))),
        plain: true,
        seen: (facts) => {
          const margin = marginPercent(facts);
          return margin === null ? null : formatNumber(margin);
        },
      };
    case 'money':
    case 'count':
    case 'score': {
      const { read, kind } = field;
      const text = amountText(currency);
      const against = (value: unknown): Compare => {
        const number = numberOf(value);
        return compareAmount(read, kind === 'money' ? inMinorUnits(number, currency) : number);
      };
      return {
        test: numberTest(op, condition.value, (facts) => read(facts) !== null, against),
        plain: true,
        seen: (facts) => {
          const value = read(facts);
          if (value === null) return null;
          if (typeof value === 'number') return kind === 'money' ? text.whole(value) : String(value);
          return kind === 'money' ? formatExact(value, currency) : formatNumber(value);
        },
      };
    }
  }
}

function textTest(op: ConditionOp, value: unknown, read: (facts: Facts) => string | null): Test {
  if (op === 'in' || op === 'notIn') {
    const members = new Set((value as readonly string[]).map(foldText));
    const wanted = op === 'in';
    return (facts) => {
      const text = read(facts);
      return (text !== null && members.has(foldText(text))) === wanted;
    };
  }
  if (op === 'isSet' || op === 'isNotSet') {
    const wanted = op === 'isSet';
    return (facts) => {
      const text = read(facts);
      return (text !== null && foldText(text) !== '') === wanted;
    };
  }
  const asked = foldText(value as string);
  const negative = op === 'neq' || op === 'notContains';
  const held = textRelation(op, asked);
  return (facts) => {
    const text = read(facts);
    return (text !== null && held(foldText(text))) !== negative;
  };
}

function textRelation(op: ConditionOp, asked: string): (text: string) => boolean {
  switch (op) {
    case 'eq':
    case 'neq':
      return (text) => text === asked;
    case 'contains':
    case 'notContains':
      return (text) => text.includes(asked);
    case 'startsWith':
      return (text) => text.startsWith(asked);
    case 'endsWith':
      return (text) => text.endsWith(asked);
    default:
      throw new TypeError(`Not a validated rule: ${op} on text`);
  }
}

function setTest(op: ConditionOp, value: unknown, read: (facts: Facts) => readonly string[] | null): Test {
  if (op === 'isSet' || op === 'isNotSet') {
    const wanted = op === 'isSet';
    return (facts) => ((read(facts)?.length ?? 0) > 0) === wanted;
  }
  if (op !== 'contains' && op !== 'notContains') throw new TypeError(`Not a validated rule: ${op} on a set`);
  const asked = foldText(value as string);
  const wanted = op === 'contains';
  return (facts) => {
    const members = read(facts);
    let found = false;
    if (members !== null) {
      for (let i = 0; i < members.length && !found; i++) found = foldText(members[i] as string) === asked;
    }
    return found === wanted;
  };
}

/** `against(value)` compares the row's value with it; NaN stands for a missing one, which no comparison but "not equal" survives. */
function numberTest(op: ConditionOp, value: unknown, present: Test, against: (value: unknown) => Compare): Test {
  switch (op) {
    case 'isSet':
      return present;
    case 'isNotSet':
      return (facts) => !present(facts);
    case 'in':
    case 'notIn': {
      const compares = (value as readonly unknown[]).map(against);
      const wanted = op === 'in';
      return (facts) => {
        for (const compare of compares) if (compare(facts) === 0) return wanted;
        return !wanted;
      };
    }
    case 'between': {
      const [low, high] = (value as readonly unknown[]).map(against) as [Compare, Compare];
      return (facts) => low(facts) >= 0 && high(facts) <= 0;
    }
    default:
      return ordered(op, against(value));
  }
}

function ordered(op: ConditionOp, compare: Compare): Test {
  switch (op) {
    case 'eq':
      return (facts) => compare(facts) === 0;
    case 'neq':
      return (facts) => compare(facts) !== 0;
    case 'gt':
      return (facts) => compare(facts) > 0;
    case 'gte':
      return (facts) => compare(facts) >= 0;
    case 'lt':
      return (facts) => compare(facts) < 0;
    case 'lte':
      return (facts) => compare(facts) <= 0;
    default:
      throw new TypeError(`Not a validated rule: ${op} on a number`);
  }
}

/** A number of a rule or an item: a decimal string, or a JSON number, whose value is the decimal that it prints as. */
export function numberOf(value: unknown): Rational {
  const text = typeof value === 'number' ? plainNotation(value) : (value as string);
  const number = parseExact(text);
  if (number === null) throw new TypeError(`Not a validated number: ${text}`);
  return number;
}

/** JavaScript prints small numbers with an exponent (1e-7); the grammar of decimals has none. */
function plainNotation(value: number): string {
  const text = String(value);
  const [digits, exponent] = text.split('e-');
  if (exponent === undefined || digits === undefined) return text;
  const negative = digits.startsWith('-');
  const plain = digits.replace('-', '').replace('.', '');
  return `${negative ? '-' : ''}0.${'0'.repeat(Number(exponent) - 1)}${plain}`;
}
