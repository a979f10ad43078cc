import type { CurrencyCode } from '../kernel/currency.ts';
import { type LeafTest, compileCondition } from './conditions.ts';
import type { Facts } from './facts.ts';
import type { Condition, Selector } from './rule.ts';
import { encodeStep } from './trace.ts';
import type { ConditionTrace } from './trace.ts';

/** A selector made into closures, once for a rule. */
export interface CompiledSelector {
  readonly test: (facts: Facts) => boolean;
  /** Appends the conditions that decided (see `why`), with the values they saw; true where the row is selected. */
  readonly explain: (facts: Facts, into: ConditionTrace[]) => boolean;
  /** What `explain` appends for a selected row as `encodeTrace` writes it, each step with a comma behind it; null where the row is not selected. */
  readonly write: (facts: Facts) => string | null;
}

/** Compiles a valid selector. */
export function compileSelector(selector: Selector, currency: CurrencyCode): CompiledSelector {
  const node = compileNode(selector, currency);
  return {
    test: node.test,
    explain: (facts, into) => {
      const held = node.test(facts);
      node.why(facts, held, into);
      return held;
    },
    write: (facts) => (node.test(facts) ? node.write(facts, true) : null),
  };
}

interface Node {
  readonly test: (facts: Facts) => boolean;
  /**
   * Tells why the node came out as it did, and no more: every part of an `all` that held, but only the first that failed;
   * every part of an `any` that held, or all of them where none did.
   */
  readonly why: (facts: Facts, held: boolean, into: ConditionTrace[]) => void;
  /** The same as text. */
  readonly write: (facts: Facts, held: boolean) => string;
}

function compileNode(selector: Selector, currency: CurrencyCode): Node {
  if ('all' in selector) return conjunction(selector.all.map((part) => compileNode(part, currency)));
  if ('any' in selector) return disjunction(selector.any.map((part) => compileNode(part, currency)));
  if ('not' in selector) {
    const part = compileNode(selector.not, currency);
    return { test: (facts) => !part.test(facts), why: (facts, held, into) => part.why(facts, !held, into), write: (facts, held) => part.write(facts, !held) };
  }
  return leaf(selector, compileCondition(selector, currency));
}

function conjunction(parts: readonly Node[]): Node {
  const tests = parts.map((part) => part.test);
  return {
    test: everyOf(tests),
    why: (facts, held, into) => {
      for (const part of parts) {
        if (held) part.why(facts, true, into);
        else if (!part.test(facts)) return part.why(facts, false, into);
      }
    },
    write: (facts, held) => {
      let text = '';
      for (const part of parts) {
        if (held) text += part.write(facts, true);
        else if (!part.test(facts)) return part.write(facts, false);
      }
      return text;
    },
  };
}

function disjunction(parts: readonly Node[]): Node {
  const tests = parts.map((part) => part.test);
  return {
    test: someOf(tests),
    why: (facts, held, into) => {
      for (const part of parts) if (!held || part.test(facts)) part.why(facts, held, into);
    },
    write: (facts, held) => {
      let text = '';
      for (const part of parts) if (!held || part.test(facts)) text += part.write(facts, held);
      return text;
    },
  };
}

type Test = (facts: Facts) => boolean;

// Up to three parts, the usual number, are unrolled: a loop over closures costs about twice as much a row.
function everyOf(tests: readonly Test[]): Test {
  const [a, b, c] = tests;
  if (a === undefined) return () => true;
  if (b === undefined) return a;
  if (c === undefined) return (facts) => a(facts) && b(facts);
  if (tests.length === 3) return (facts) => a(facts) && b(facts) && c(facts);
  return (facts) => {
    for (const test of tests) if (!test(facts)) return false;
    return true;
  };
}

function someOf(tests: readonly Test[]): Test {
  const [a, b, c] = tests;
  if (a === undefined) return () => false;
  if (b === undefined) return a;
  if (c === undefined) return (facts) => a(facts) || b(facts);
  if (tests.length === 3) return (facts) => a(facts) || b(facts) || c(facts);
  return (facts) => {
    for (const test of tests) if (test(facts)) return true;
    return false;
  };
}

function sameSeen(a: ConditionTrace['seen'], b: ConditionTrace['seen']): boolean {
  if (a === b) return true;
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((member, i) => member === b[i]);
}

/** Members of a list that a trace repeats; longer lists would be stored again with every row. */
const LIST_SHOWN = 8;

function leaf(condition: Condition, compiled: LeafTest): Node {
  const list = Array.isArray(condition.value) ? (condition.value as readonly (string | number)[]) : null;
  const single = list === null && condition.op !== 'isSet' && condition.op !== 'isNotSet' ? (condition.value as string | number) : null;
  const value = list === null ? single : list.length > LIST_SHOWN ? list.slice(0, LIST_SHOWN) : list;
  const more = list === null ? 0 : Math.max(0, list.length - LIST_SHOWN);
  const step = (seen: string | readonly string[] | null, held: boolean): ConditionTrace => ({ code: 'condition', field: condition.field, op: condition.op, value, more, seen, held });
  let lastSeen: string | readonly string[] | null = null;
  let lastHeld = true;
  const head = encodeStep(step(null, true)).slice(0, -'null,true]'.length);
  const text = (seen: string | readonly string[] | null, held: boolean): string => `${head}${compiled.plain && typeof seen === 'string' ? `"${seen}"` : JSON.stringify(seen)},${held}],`;
  let lastText = text(null, true);
  return {
    test: compiled.test,
    // Row after row of a product, and often of a catalog, shows the same.
    write: (facts, held) => {
      const seen = compiled.seen(facts);
      if (held !== lastHeld || !sameSeen(seen, lastSeen)) {
        lastSeen = seen;
        lastHeld = held;
        lastText = text(seen, held);
      }
      return lastText;
    },
    why: (facts, held, into) => {
      into.push(step(compiled.seen(facts), held));
    },
  };
}
