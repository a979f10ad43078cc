import { Fraction } from './fraction.ts';

/**
 * A second implementation of the pricing rules, written from their text alone and sharing no code with the engine: it walks
 * the JSON of the rule anew for every row, in slow reduced fractions of major units, and finds prices on a grid by listing
 * candidates and picking by the words of the definition. What it and the engine disagree on is a bug in one of them.
 */
export interface OracleAnswer {
  outcome: 'planned' | 'unchanged' | 'blocked' | 'notSelected';
  reason: string | null;
  price: string | null;
  compareAtPrice: string | null;
  warnings: string[];
}

type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- the oracle reads raw JSON on purpose

const blocked = (reason: string): OracleAnswer => ({ outcome: 'blocked', reason, price: null, compareAtPrice: null, warnings: [] });
const HUNDRED = Fraction.whole(100);

export function oracle(rule: Json, decimals: number, item: Json): OracleAnswer {
  if (!truth(rule.selector, item)) return { outcome: 'notSelected', reason: null, price: null, compareAtPrice: null, warnings: [] };
  const unit = new Fraction(1n, 10n ** BigInt(decimals));
  const t = rule.transform;
  const money = (path: string): Fraction | null => {
    const raw = lookup(item, path);
    return raw === null ? null : Fraction.of(raw);
  };
  const O = money('variant.price');
  const C = money('variant.compareAtPrice');
  const K = money('variant.cost');

  // 1. Base
  const where: Record<string, string> = { price: 'variant.price', compareAtPrice: 'variant.compareAtPrice', cost: 'variant.cost', baseline: 'variant.baselinePrice', lowest30Days: 'variant.lowest30Days' };
  const name: string = t.base ?? 'price';
  const base = money(where[name] ?? name);
  if (base === null || O === null) return blocked('base_missing');

  // 2. Steps
  let v = base;
  for (const step of t.steps ?? []) {
    const n = Fraction.of(step.value);
    if (step.type === 'percent') v = v.plus(v.times(n).over(HUNDRED));
    else if (step.type === 'amount') v = v.plus(n);
    else if (step.type === 'multiply') v = v.times(n);
    else if (step.type === 'set') v = n;
    else if (K === null) return blocked('cost_missing');
    else v = K.over(Fraction.whole(1).minus(n.over(HUNDRED)));
  }

  // 3. Bounds
  const b = t.bounds ?? {};
  const upTo = (x: Fraction): Fraction => Fraction.whole(x.over(unit).ceil()).times(unit);
  const downTo = (x: Fraction): Fraction => Fraction.whole(x.over(unit).floor()).times(unit);
  const lowers: Fraction[] = [];
  const uppers: Fraction[] = [];
  if (b.floor !== undefined) lowers.push(upTo(Fraction.of(b.floor)));
  if (b.minMarginPercent !== undefined) {
    if (K === null) return blocked('cost_missing');
    lowers.push(upTo(K.over(HUNDRED.minus(Fraction.of(b.minMarginPercent)).over(HUNDRED))));
  }
  if (b.maxDecreasePercent !== undefined) lowers.push(upTo(O.minus(O.times(Fraction.of(b.maxDecreasePercent)).over(HUNDRED))));
  const map = money('variant.mapPrice');
  if (b.respectMap && map !== null) lowers.push(upTo(map));
  if (b.ceiling !== undefined) uppers.push(downTo(Fraction.of(b.ceiling)));
  if (b.maxIncreasePercent !== undefined) uppers.push(downTo(O.plus(O.times(Fraction.of(b.maxIncreasePercent)).over(HUNDRED))));
  const lower = lowers.reduce<Fraction | null>((m, x) => (m === null || m.lt(x) ? x : m), null);
  const upper = uppers.reduce<Fraction | null>((m, x) => (m === null || x.lt(m) ? x : m), null);
  if (lower && upper && upper.lt(lower)) return blocked('bounds_conflict');
  const allowed = (x: Fraction): boolean => (!lower || lower.le(x)) && (!upper || x.le(upper));
  if (!allowed(v)) {
    if (b.onViolation === 'block') return blocked('bound_violated');
    v = lower && v.lt(lower) ? lower : (upper as Fraction);
  }
  if (v.top < 0n) return blocked('negative_price');
  if (v.top === 0n && t.allowZero !== true) return blocked('zero_price');

  // 4. Rounding
  const P = rounded(t.rounding ?? { type: 'minorUnit' }, v, lower, upper, unit, allowed);
  if (P === null) return blocked('no_price_in_bounds');
  if (P.top === 0n && t.allowZero !== true) return blocked('zero_price');

  // 5. Compare-at
  const mode = t.compareAt?.mode ?? 'keep';
  let A: Fraction | null = null;
  if (mode === 'keep') A = C;
  else if (mode === 'set') A = Fraction.whole(nearestWhole(Fraction.of(t.compareAt.value).over(unit))).times(unit);
  else if (mode === 'sale') {
    const reference = C !== null && O.lt(C) ? C : O;
    A = P.lt(reference) ? reference : null;
  }
  const warnings: string[] = [];
  if (A !== null && A.le(P)) warnings.push('compare_at_not_above_price');

  // 6. Outcome
  if (K !== null && P.lt(K)) warnings.push('below_cost');
  const same = P.same(O) && (A === null ? C === null : C !== null && A.same(C));
  return { outcome: same ? 'unchanged' : 'planned', reason: null, price: print(P, decimals), compareAtPrice: A && print(A, decimals), warnings };
}

function rounded(rounding: Json, v: Fraction, lower: Fraction | null, upper: Fraction | null, unit: Fraction, allowed: (x: Fraction) => boolean): Fraction | null {
  if (rounding.type === 'minorUnit') {
    const p = Fraction.whole(nearestWhole(v.over(unit))).times(unit);
    if (allowed(p)) return p;
    const around = [v.over(unit).floor(), v.over(unit).ceil()].map((n) => Fraction.whole(n).times(unit)).filter(allowed);
    return closest(around, v);
  }
  const ending = rounding.type === 'increment' ? Fraction.whole(0) : Fraction.of(rounding.ending);
  const every = Fraction.of(rounding.type === 'increment' ? rounding.increment : rounding.every);
  // All candidates that can matter: the positive ones next to v, to both limits and to zero.
  const candidates: Fraction[] = [];
  for (const place of [v, lower, upper, Fraction.whole(0)]) {
    if (place === null) continue;
    const k = place.minus(ending).over(every).floor();
    for (let i = -3n; i <= 3n; i++) {
      const candidate = ending.plus(every.times(Fraction.whole(k + i)));
      if (candidate.top > 0n) candidates.push(candidate);
    }
  }
  const direction = rounding.direction ?? 'nearest';
  const fitting = candidates.filter((x) => (direction === 'up' ? v.le(x) : direction === 'down' ? x.le(v) : true));
  const chosen = closest(fitting, v);
  if (chosen !== null && allowed(chosen)) return chosen;
  return closest(candidates.filter(allowed), v);
}

/** The closest to v; of two equally close the lower. */
function closest(candidates: Fraction[], v: Fraction): Fraction | null {
  let best: Fraction | null = null;
  for (const x of candidates) {
    if (best === null) best = x;
    else {
      const a = x.minus(v).abs();
      const b = best.minus(v).abs();
      if (a.lt(b) || (a.same(b) && x.lt(best))) best = x;
    }
  }
  return best;
}

function nearestWhole(x: Fraction): bigint {
  const half = new Fraction(1n, 2n);
  return x.top < 0n ? x.minus(half).ceil() : x.plus(half).floor();
}

function print(x: Fraction, decimals: number): string {
  const n = nearestWhole(x.times(Fraction.whole(10n ** BigInt(decimals))));
  const digits = (n < 0n ? -n : n).toString();
  const sign = n < 0n ? '-' : '';
  if (decimals === 0) return sign + digits;
  const long = '0'.repeat(Math.max(0, decimals + 1 - digits.length)) + digits;
  return `${sign}${long.slice(0, long.length - decimals)}.${long.slice(long.length - decimals)}`;
}

const SETS = ['product.tags', 'product.collections'];
const TEXTS = ['product.title', 'product.handle', 'product.vendor', 'product.productType', 'product.status', 'variant.title', 'variant.sku', 'variant.barcode'];
const TIMES = ['product.createdAt', 'product.publishedAt', 'variant.updatedAt'];

function lookup(item: Json, path: string): Json {
  if (path.startsWith('variant.options.')) return item.variant?.options?.[path.slice('variant.options.'.length)] ?? null;
  const dot = path.indexOf('.');
  return item[path.slice(0, dot)]?.[path.slice(dot + 1)] ?? null;
}

const clean = (s: string): string => s.trim().toLowerCase();

function truth(node: Json, item: Json): boolean {
  if (node.all) return node.all.every((n: Json) => truth(n, item));
  if (node.any) return node.any.some((n: Json) => truth(n, item));
  if (node.not) return !truth(node.not, item);
  const { field, op, value } = node;
  const isText = TEXTS.includes(field) || field.startsWith('variant.options.');
  const isSet = SETS.includes(field);
  let actual: Json = lookup(item, field);
  if (field === 'variant.marginPercent') {
    const o = lookup(item, 'variant.price');
    const k = lookup(item, 'variant.cost');
    actual = o === null || k === null || Fraction.of(o).top === 0n ? null : Fraction.of(o).minus(Fraction.of(k)).over(Fraction.of(o)).times(HUNDRED);
  }
  if (op === 'isSet' || op === 'isNotSet') {
    const set = actual !== null && !(isText && clean(actual) === '') && !(isSet && actual.length === 0);
    return set === (op === 'isSet');
  }
  if (actual === null) return op === 'neq' || op === 'notIn' || op === 'notContains';
  if (isSet) return actual.some((m: string) => clean(m) === clean(value)) === (op === 'contains');
  if (isText) {
    const a = clean(actual);
    switch (op) {
      case 'eq': return a === clean(value);
      case 'neq': return a !== clean(value);
      case 'in': return value.some((x: string) => clean(x) === a);
      case 'notIn': return !value.some((x: string) => clean(x) === a);
      case 'contains': return a.indexOf(clean(value)) >= 0;
      case 'notContains': return a.indexOf(clean(value)) < 0;
      case 'startsWith': return a.slice(0, clean(value).length) === clean(value);
      default: return clean(value) === '' || a.slice(-clean(value).length) === clean(value);
    }
  }
  const number = (x: Json): Fraction => {
    if (x instanceof Fraction) return x;
    if (TIMES.includes(field)) return Fraction.whole(Date.parse(x));
    return Fraction.of(String(x));
  };
  const a = number(actual);
  switch (op) {
    case 'eq': return a.same(number(value));
    case 'neq': return !a.same(number(value));
    case 'in': return value.some((x: Json) => a.same(number(x)));
    case 'notIn': return !value.some((x: Json) => a.same(number(x)));
    case 'gt': return number(value).lt(a);
    case 'gte': return number(value).le(a);
    case 'lt': return a.lt(number(value));
    case 'lte': return a.le(number(value));
    default: return number(value[0]).le(a) && a.le(number(value[1]));
  }
}
