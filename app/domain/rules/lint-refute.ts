import { type Claim, claimOf, isImpossible, joinClaims, sizeOf } from './lint-claims.ts';
import type { Condition, Selector } from './rule.ts';

type Claims = ReadonlyMap<string, Claim>;
interface Alternatives {
  readonly parts: readonly Selector[];
  readonly negated: boolean;
}

/** Work that may be spent on one rule: enough for what people write, little enough to check while they type. */
const WORK_MAX = 60_000;
const WORK_ON_ONE_QUESTION = 8_000;
const ALTERNATIVES_DEEP = 12;

/** Answers for one rule whether selectors can be true, together. */
export class Refuter {
  private work = 0;
  private limit = 0;
  private readonly known = new Map<Condition, [Claim | undefined, Claim | undefined]>();

  /** Nothing will be found any more. */
  get exhausted(): boolean {
    return this.work >= WORK_MAX;
  }

  /** True only where it is certain that no row fits all of them. False says nothing: they may fit, or it was too much work. */
  refutes(selectors: readonly Selector[], negated: readonly Selector[] = []): boolean {
    this.limit = Math.min(WORK_MAX, this.work + WORK_ON_ONE_QUESTION);
    if (this.exhausted || this.work + selectors.length + negated.length > this.limit) {
      this.work += 100;
      return false;
    }
    return this.impossible([...selectors.map((one) => [one, false] as const), ...negated.map((one) => [one, true] as const)], new Map(), [], 0);
  }

  private impossible(wanted: readonly (readonly [Selector, boolean])[], before: Claims, open: readonly Alternatives[], depth: number): boolean {
    const claims = new Map(before);
    const choices = [...open];
    const todo = [...wanted];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (++this.work > this.limit) return false;
      const [selector, negated] = next;
      if ('not' in selector) todo.push([selector.not, !negated]);
      else if ('all' in selector || 'any' in selector) {
        const parts = 'all' in selector ? selector.all : selector.any;
        if ('all' in selector === !negated) for (const part of parts) todo.push([part, negated]);
        else choices.push({ parts, negated });
      } else {
        const claim = this.claim(selector, negated);
        const held = claims.get(selector.field);
        if (held !== undefined) this.work += (sizeOf(held) + sizeOf(claim)) >> 2;
        const joined = held === undefined ? claim : joinClaims(held, claim);
        if (isImpossible(joined)) return true;
        claims.set(selector.field, joined);
      }
    }
    return this.noChoiceLeft(claims, choices, depth);
  }

  /** Tries each alternative by itself; where only one is left it is taken for granted. */
  private noChoiceLeft(claims: Claims, choices: readonly Alternatives[], depth: number): boolean {
    if (depth >= ALTERNATIVES_DEEP) return false;
    const narrowed: Alternatives[] = [];
    let smallest: Alternatives | null = null;
    for (const choice of choices) {
      const left: Selector[] = [];
      for (const part of choice.parts) {
        this.work += claims.size >> 3;
        if (this.work > this.limit) return false;
        if (!this.impossible([[part, choice.negated]], claims, [], depth + 1)) left.push(part);
      }
      const [first] = left;
      if (first === undefined) return true;
      if (left.length === 1) return this.impossible([[first, choice.negated]], claims, [...narrowed, ...choices.slice(narrowed.length + 1)], depth + 1);
      const fewer: Alternatives = { parts: left, negated: choice.negated };
      narrowed.push(fewer);
      if (smallest === null || left.length < smallest.parts.length) smallest = fewer;
    }
    // One set of alternatives alone was just tried; only together can several exclude each other.
    if (smallest === null || narrowed.length < 2) return false;
    const { parts, negated } = smallest;
    const others = narrowed.filter((other) => other !== smallest);
    return parts.every((part) => this.impossible([[part, negated]], claims, others, depth + 1));
  }

  private claim(condition: Condition, negated: boolean): Claim {
    const held = this.known.get(condition);
    const known = held?.[negated ? 1 : 0];
    if (known !== undefined) return known;
    if (Array.isArray(condition.value)) this.work += condition.value.length >> 4;
    const claim = claimOf(condition, negated);
    this.known.set(condition, negated ? [held?.[0], claim] : [claim, held?.[1]]);
    return claim;
  }
}
