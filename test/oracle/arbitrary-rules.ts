import fc from 'fast-check';

/** Random valid rules and rows, chosen to hurt: ties, zeros, negatives, limits a cent apart, grids far larger than the price. */

const whole = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) }, fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 2 ** 31 }), fc.constant(0));

/** A decimal string with up to `most` decimals; few of them large, many near each other. */
export function decimal(most: number, negative = false): fc.Arbitrary<string> {
  const fraction = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    { weight: 2, arbitrary: fc.constantFrom('5', '50', '25', '99', '95', '00', '01', '995', '005', '0') },
    fc.stringMatching(/^[0-9]{1,6}$/),
  );
  return fc.tuple(negative ? fc.constantFrom('', '', '-') : fc.constant(''), whole, fraction).map(([sign, n, f]) => {
    const cut = f.slice(0, most);
    return `${sign}${n}${cut === '' ? '' : `.${cut}`}`;
  });
}

const percent = fc.oneof(fc.constantFrom('0', '-15', '10', '12.5', '50', '-50', '100', '-100', '-120', '33.333', '300', '0.01'), decimal(3, true));
const margin = fc.oneof(fc.constantFrom('0', '10', '12', '20', '33.3', '99', '99.99', '-10'), fc.integer({ min: -50, max: 99 }).map(String));

const words = fc.constantFrom('Acme', 'acme', ' ACME ', 'summer', 'Summer Sale', 'SALE', 'sale ', '', '   ', 'Ärmel', 'ärmel', 'x', 'straße', 'M', 'l');
const time = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '2025-12-31T23:59:59.500Z', '2026-06-01', '2026-06-01T00:00:00Z', '2024-02-29T12:00:00-05:30');

const presence = fc.constantFrom('isSet', 'isNotSet');

function condition(decimals: number): fc.Arbitrary<object> {
  const numeric = (field: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
    fc.oneof(
      fc.record({ field, op: fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte'), value }),
      fc.record({ field, op: fc.constantFrom('in', 'notIn'), value: fc.array(value, { maxLength: 4 }) }),
      fc.record({ field, op: fc.constant('between'), value: fc.tuple(value, value) }),
      fc.record({ field, op: presence }),
    );
  const textField = fc.constantFrom(
    'product.title', 'product.handle', 'product.vendor', 'product.productType', 'product.status', 'variant.title', 'variant.sku', 'variant.barcode', 'variant.options.Size', 'variant.options.Colour',
  );
  const setField = fc.constantFrom('product.tags', 'product.collections');
  const timeField = fc.constantFrom('product.createdAt', 'product.publishedAt', 'variant.updatedAt');
  return fc.oneof(
    fc.record({ field: textField, op: fc.constantFrom('eq', 'neq', 'contains', 'notContains', 'startsWith', 'endsWith'), value: words }),
    fc.record({ field: textField, op: fc.constantFrom('in', 'notIn'), value: fc.array(words, { maxLength: 4 }) }),
    fc.record({ field: textField, op: presence }),
    fc.record({ field: setField, op: fc.constantFrom('contains', 'notContains'), value: words }),
    fc.record({ field: setField, op: presence }),
    fc.record({ field: timeField, op: fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte'), value: time }),
    fc.record({ field: timeField, op: fc.constant('between'), value: fc.tuple(time, time) }),
    fc.record({ field: timeField, op: presence }),
    numeric(
      fc.constantFrom('variant.price', 'variant.compareAtPrice', 'variant.cost', 'variant.mapPrice', 'variant.baselinePrice', 'competitor.lowest', 'competitor.median', 'competitor.highest', 'amazon.price'),
      decimal(decimals + 1, true),
    ),
    numeric(fc.constant('variant.marginPercent'), percent),
    numeric(fc.constantFrom('variant.inventoryQuantity', 'competitor.count', 'score.demand'), fc.oneof(fc.integer({ min: -3, max: 20 }), fc.constantFrom('0', '5', '5.0', '-1', 0.5))),
  );
}

function selector(decimals: number): fc.Arbitrary<unknown> {
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      condition(decimals),
      fc.record({ all: fc.array(tie('node'), { maxLength: 4 }) }),
      fc.record({ any: fc.array(tie('node'), { maxLength: 4 }) }),
      fc.record({ not: tie('node') }),
    ),
  })).node;
  return fc.oneof({ weight: 2, arbitrary: fc.constant({ all: [] }) }, tree);
}

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const direction = optional(fc.constantFrom('nearest', 'up', 'down'));

function rounding(decimals: number): fc.Arbitrary<unknown> {
  const unit = 10 ** decimals;
  const print = (minor: number): string => (decimals === 0 ? String(minor) : (minor / unit).toFixed(decimals));
  const every = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(unit, 5 * unit, 10 * unit, 100 * unit, 25, 1_000_000 * unit), fc.integer({ min: 1, max: 500 * unit }));
  const ending = every.chain((e) => fc.tuple(fc.constant(e), fc.oneof(fc.integer({ min: 0, max: e - 1 }), fc.constantFrom(0, e - 1, e, e + 1, 3 * e - 1, Math.floor(e / 2)))));
  return fc.oneof(
    fc.constant({ type: 'minorUnit' }),
    fc.tuple(ending, direction).map(([[e, x], d]) => ({ type: 'ending', ending: print(x), every: print(e), ...(d && { direction: d }) })),
    fc.tuple(every, direction).map(([e, d]) => ({ type: 'increment', increment: print(e), ...(d && { direction: d }) })),
  );
}

/** Leaves out keys that are undefined, as JSON would. */
function dense(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined));
}

export function transform(decimals: number): fc.Arbitrary<object> {
  const money = decimal(decimals + 2, true);
  const step = fc.oneof(
    fc.record({ type: fc.constant('percent'), value: percent }),
    fc.record({ type: fc.constant('amount'), value: money }),
    fc.record({ type: fc.constant('multiply'), value: fc.oneof(fc.constantFrom('0', '1', '2', '0.5', '-1', '1.1'), decimal(4, true)) }),
    fc.record({ type: fc.constant('set'), value: money }),
    fc.record({ type: fc.constant('margin'), value: margin }),
  );
  const bounds = fc.record({
    floor: optional(money), ceiling: optional(money), minMarginPercent: fc.option(margin, { nil: undefined, freq: 2 }), maxDecreasePercent: optional(percent), maxIncreasePercent: optional(percent),
    respectMap: optional(fc.boolean()), onViolation: optional(fc.constantFrom('clamp', 'clamp', 'block')),
  }).map(dense);
  const compareAt = fc.oneof(fc.constantFrom({ mode: 'keep' }, { mode: 'clear' }, { mode: 'sale' }, { mode: 'sale' }), money.map((value) => ({ mode: 'set', value })));
  const everything = fc.record({
    base: optional(fc.constantFrom('price', 'price', 'price', 'compareAtPrice', 'cost', 'baseline', 'competitor.lowest', 'competitor.median', 'competitor.highest', 'lowest30Days')),
    steps: optional(fc.array(step, { maxLength: 4 })), bounds: fc.option(bounds, { nil: undefined, freq: 2 }), rounding: optional(rounding(decimals)), compareAt: optional(compareAt), allowZero: optional(fc.boolean()),
  }).map(dense);
  // Half of the rules do little, so that it decides the price and is not hidden behind the rest.
  const limit = fc.oneof(
    margin.map((value) => ({ minMarginPercent: value })), percent.map((value) => ({ maxDecreasePercent: value })), percent.map((value) => ({ maxIncreasePercent: value })), fc.constant({ respectMap: true }),
  );
  const little = fc.oneof(
    step.map((one) => ({ steps: [one] })),
    fc.tuple(step, limit).map(([one, bounds]) => ({ steps: [one], bounds })),
    fc.tuple(step, rounding(decimals)).map(([one, to]) => ({ steps: [one], rounding: to })),
    fc.tuple(fc.constantFrom('50', '-50', '0.5', '-12.5', '2.5'), compareAt).map(([value, to]) => ({ steps: [{ type: 'percent', value }], compareAt: to })),
  );
  return fc.oneof(everything, little);
}

export function rule(decimals: number): fc.Arbitrary<{ selector: unknown; transform: object }> {
  return fc.record({ selector: selector(decimals), transform: transform(decimals) });
}

/**
 * A row. Most are like a catalog's: prices in the currency's decimals, costs mostly known. The others have amounts with
 * more decimals, negative ones, and anything may be missing or null.
 */
export function item(decimals: number): fc.Arbitrary<object> {
  const odd = fc.oneof({ weight: 5, arbitrary: decimal(decimals) }, decimal(decimals + 2), decimal(decimals, true));
  return fc.oneof({ weight: 3, arbitrary: row(decimal(decimals), 9) }, row(odd, 4));
}

function row(price: fc.Arbitrary<string>, known: number): fc.Arbitrary<object> {
  const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> => fc.oneof({ weight: known, arbitrary }, fc.constantFrom(null, undefined));
  const variant = fc.record({
    price: fc.oneof({ weight: 12, arbitrary: price }, fc.constantFrom(null, undefined)), compareAtPrice: maybe(price), cost: maybe(price), mapPrice: maybe(price), baselinePrice: maybe(price), lowest30Days: maybe(price),
    title: maybe(words), sku: maybe(words), barcode: maybe(words), inventoryQuantity: maybe(fc.oneof(fc.integer({ min: -3, max: 20 }), fc.constantFrom('5', '0'))), updatedAt: maybe(time),
    options: maybe(fc.record({ Size: maybe(words), Colour: maybe(words) }).map(dense)),
  }).map(dense);
  const product = fc.record({
    title: maybe(words), handle: maybe(words), vendor: maybe(words), productType: maybe(words), status: maybe(fc.constantFrom('ACTIVE', 'draft')), tags: maybe(fc.array(words, { maxLength: 3 })),
    collections: maybe(fc.array(words, { maxLength: 3 })), createdAt: maybe(time), publishedAt: maybe(time),
  }).map(dense);
  return fc.record({
    product: maybe(product), variant, competitor: maybe(fc.record({ lowest: maybe(price), median: maybe(price), highest: maybe(price), count: maybe(fc.integer({ min: 0, max: 9 })) }).map(dense)),
    amazon: maybe(fc.record({ price: maybe(price) }).map(dense)), score: maybe(fc.record({ demand: maybe(fc.constantFrom('0.5', 0.5, 5, '5')) }).map(dense)),
  }).map(dense);
}
