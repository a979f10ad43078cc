import { type CurrencyCode, decimalsOf } from '../kernel/currency.ts';
import { inMinorUnits, parseDecimal } from '../kernel/money.ts';
import { numberOf } from './conditions.ts';
import { type Amount, type Facts, makeFacts, toAmount } from './facts.ts';
import { OPTION_PREFIX } from './fields.ts';
import { type Findings, type JsonObject, below, checkDecimal, isObject, member } from './findings.ts';
import { parseInstant } from './instant.ts';
import { isCount } from './validate-selector.ts';

/** How many items one evaluate call takes (API.md). */
export const ITEMS_MAX = 1_000;

/**
 * The items of an evaluate call, `{product?, variant?, competitor?, amazon?, score?}`, as facts. Keys are those of the
 * selector table without their prefix; keys that are not in it are ignored, missing keys and null are missing values.
 * Money is a decimal string, of any number of decimals, or a resource's `{amount, currencyCode}`. Options are an object
 * `variant.options: {"Size": "M"}` or keys `"options.Size"`. Faults go into `findings`.
 */
export function readItems(input: unknown, pointer: string, currency: CurrencyCode, findings: Findings): Facts[] {
  if (!Array.isArray(input)) {
    findings.add(pointer, input === undefined ? 'required' : 'wrong_type', 'Items are a list.');
    return [];
  }
  if (input.length > ITEMS_MAX) {
    findings.add(pointer, 'too_large', `One call takes at most ${ITEMS_MAX} items; these are ${input.length}.`);
    return [];
  }
  return input.map((item: unknown, i) => readItem(item, below(pointer, i), currency, findings));
}

function readItem(item: unknown, pointer: string, currency: CurrencyCode, findings: Findings): Facts {
  if (!isObject(item)) {
    findings.add(pointer, 'wrong_type', 'An item is an object with product and variant.');
    return makeFacts({});
  }
  const product = section(item, 'product', pointer, currency, findings);
  const variant = section(item, 'variant', pointer, currency, findings);
  const competitor = section(item, 'competitor', pointer, currency, findings);
  const amazon = section(item, 'amazon', pointer, currency, findings);
  const score = section(item, 'score', pointer, currency, findings);
  return makeFacts({
    productTitle: product.text('title'), productHandle: product.text('handle'), productVendor: product.text('vendor'),
    productType: product.text('productType'), productStatus: product.text('status'),
    productTags: product.texts('tags'), productCollections: product.texts('collections'),
    productCreatedAt: product.time('createdAt'), productPublishedAt: product.time('publishedAt'), variantUpdatedAt: variant.time('updatedAt'),
    variantTitle: variant.text('title'), sku: variant.text('sku'), barcode: variant.text('barcode'),
    price: variant.money('price'), compareAtPrice: variant.money('compareAtPrice'), cost: variant.money('cost'), mapPrice: variant.money('mapPrice'),
    baselinePrice: variant.money('baselinePrice'), lowest30Days: variant.money('lowest30Days'),
    inventoryQuantity: variant.count('inventoryQuantity'), options: variant.options(),
    competitorLowest: competitor.money('lowest'), competitorMedian: competitor.money('median'), competitorHighest: competitor.money('highest'),
    competitorCount: competitor.count('count'), amazonPrice: amazon.money('price'), scores: score.counts(),
  });
}

interface Section {
  readonly text: (key: string) => string | null;
  readonly texts: (key: string) => readonly string[] | null;
  readonly time: (key: string) => number | null;
  readonly money: (key: string) => Amount | null;
  readonly count: (key: string) => Amount | null;
  readonly counts: () => Readonly<Record<string, Amount | null>> | null;
  readonly options: () => Readonly<Record<string, string | null>> | null;
}

function section(item: JsonObject, name: string, itemPointer: string, currency: CurrencyCode, findings: Findings): Section {
  const given = member(item, name) ?? null;
  const pointer = below(itemPointer, name);
  if (given !== null && !isObject(given)) findings.add(pointer, 'wrong_type', `"${name}" is an object.`);
  const values: JsonObject = isObject(given) ? given : {};
  const read = <T>(key: string, make: (value: unknown, at: string) => T | null): T | null => {
    const value = member(values, key) ?? null;
    return value === null ? null : make(value, below(pointer, key));
  };
  const text = (value: unknown, at: string): string | null => {
    if (typeof value === 'string') return value;
    findings.add(at, 'wrong_type', 'Here belongs text.');
    return null;
  };
  const count = (value: unknown, at: string): Amount | null => {
    if (isCount(value)) return toAmount(numberOf(value));
    findings.add(at, 'wrong_value', 'A number is a JSON number or a decimal string.');
    return null;
  };
  return {
    text: (key) => read(key, text),
    texts: (key) => read(key, (value, at) => {
      if (Array.isArray(value)) return value.map((entry: unknown, i) => text(entry, below(at, i)) ?? '');
      findings.add(at, 'wrong_type', 'Here belongs a list of text.');
      return null;
    }),
    time: (key) => read(key, (value, at) => {
      const instant = typeof value === 'string' ? parseInstant(value) : null;
      if (instant === null) findings.add(at, 'wrong_value', 'A time is RFC 3339 with its offset, such as "2026-12-01T00:00:00Z".');
      return instant;
    }),
    money: (key) => read(key, (value, at) => readMoney(value, at, currency, findings)),
    count: (key) => read(key, count),
    counts: () => (given === null ? null : Object.fromEntries(Object.keys(values).map((key) => [key, read(key, count)]))),
    options: () => readOptions(values, below(pointer, 'options'), text, findings),
  };
}

function readMoney(value: unknown, pointer: string, currency: CurrencyCode, findings: Findings): Amount | null {
  const resource = isObject(value) && Object.hasOwn(value, 'amount') ? value : null;
  const amount = resource === null ? value : resource.amount;
  const code = resource === null ? currency : member(resource, 'currencyCode');
  if (code !== currency) {
    findings.add(below(pointer, 'currencyCode'), 'wrong_currency', `The rule is evaluated in ${currency} (${decimalsOf(currency)} decimals).`);
    return null;
  }
  if (!checkDecimal(amount, resource === null ? pointer : below(pointer, 'amount'), 'An amount', findings)) return null;
  const major = parseDecimal(amount);
  return major === null ? null : toAmount(inMinorUnits(major, currency));
}

function readOptions(variant: JsonObject, pointer: string, text: (value: unknown, at: string) => string | null, findings: Findings): Readonly<Record<string, string | null>> | null {
  const given = member(variant, 'options') ?? null;
  const flat = OPTION_PREFIX.slice('variant.'.length);
  const entries: [string, string | null][] = [];
  for (const key of Object.keys(variant)) {
    const value = variant[key] ?? null;
    if (key.startsWith(flat)) entries.push([key.slice(flat.length), value === null ? null : text(value, `${pointer}.${key.slice(flat.length)}`)]);
  }
  if (isObject(given)) {
    for (const key of Object.keys(given)) entries.push([key, (given[key] ?? null) === null ? null : text(given[key], below(pointer, key))]);
  } else if (given !== null) findings.add(pointer, 'wrong_type', 'Options are an object of option names and values.');
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
