/** The two shops that come with the simulator, and catalogs generated to any size. Both are the same on every start. */
import type { ProductDraft, VariantDraft } from './catalog.ts';
import { OUTDOOR_SHOP, TEA_SHOP } from './built-in-table.ts';
import { mulberry32 } from './faults.ts';
import { parseMoney } from './money.ts';
import { standardRate } from './price-lists.ts';
import type { PriceListOrder } from './price-lists.ts';

export const DEMO_SHOP = 'demo.myshopify.com';
export const SECOND_SHOP = 'kissa-hoshi.myshopify.com';

const SHOPS = [
  { shop: DEMO_SHOP, name: 'Fell & Fjord', currencyCode: 'USD', ianaTimezone: 'America/New_York' },
  { shop: SECOND_SHOP, name: 'Kissa Hoshi', currencyCode: 'JPY', ianaTimezone: 'Asia/Tokyo' },
] as const;

/** The shops that are there when nothing else is asked for. */
export const BUILT_IN_DOMAINS: readonly string[] = SHOPS.map(({ shop }) => shop);

/** Name, currency and zone of a built-in shop. */
export function builtInShop(domain: string): (typeof SHOPS)[number] | undefined {
  return SHOPS.find(({ shop }) => shop === domain);
}

/** Two markets of the demo's shop and one of the other; shops of other currencies, or other products, have none until they are given some. */
export function builtInPriceLists(domain: string, currencyCode: string): PriceListOrder[] {
  const list = (name: string, currency: string, country: string, adjustmentPercent: number): PriceListOrder =>
    ({ name, currencyCode: currency, country, adjustmentPercent, compareAtMode: 'ADJUSTED', exchangeRate: standardRate(currencyCode, currency) });
  if (currencyCode !== builtInShop(domain)?.currencyCode) return [];
  if (domain === DEMO_SHOP) return [list('Ireland', 'EUR', 'IE', 5), list('Canada', 'CAD', 'CA', 0)];
  return domain === SECOND_SHOP ? [list('United States', 'USD', 'US', 10)] : [];
}

/** The built-in catalog for a currency: tea where money has no decimals, outdoor elsewhere. */
export function builtInProducts(decimals: number): () => ProductDraft[] {
  return decimals === 0 ? () => fromTable(TEA_SHOP, 0, 'KH') : () => fromTable(OUTDOOR_SHOP, decimals, 'FF');
}

interface OptionValue {
  name: string;
  surcharge: number;
}

function fromTable(table: string, decimals: number, skuPrefix: string): ProductDraft[] {
  const random = mulberry32(20_261);
  return table.split('\n').filter((line) => line.trim() !== '').map((line, index) => productOf(line, index, decimals, skuPrefix, random));
}

function productOf(line: string, index: number, decimals: number, skuPrefix: string, random: () => number): ProductDraft {
  const state = /^#(draft|archived) /.exec(line)?.[1];
  const cells = line.replace(/^#\w+ /, '').split('|').map((cell) => cell.trim());
  const [title = '', productType = '', vendor = '', tags = '', prices = '', costShare = '-', optionText = '-', collections = ''] = cells;
  const [price, compareAt] = prices.split('>').map((text) => parseMoney(text, decimals) ?? 0);
  const options = parseOptions(optionText, decimals);
  const skuBase = `${skuPrefix}-${String(index + 101)}-${initials(title)}`;
  const variants = combinations(options.map((option) => option.values)).map((values, position): VariantDraft => {
    const surcharge = values.reduce((sum, value) => sum + value.surcharge, 0);
    const amount = (price ?? 0) + surcharge;
    return {
      options: values.length > 0 ? values.map((value) => value.name) : ['Default Title'],
      sku: values.length > 0 ? `${skuBase}-${String(position + 1).padStart(2, '0')}` : skuBase,
      barcode: ean(4_006_000_000_00 + index * 100 + position),
      price: amount,
      compareAtPrice: compareAt === undefined ? null : compareAt + surcharge,
      cost: costShare === '-' ? null : roundCost(amount * Number(costShare), decimals),
      inventoryQuantity: random() < 0.08 ? 0 : Math.floor(3 + random() ** 2 * 140),
    };
  });
  return {
    title, vendor, productType, tags: tags.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''),
    descriptionHtml: `<p>${title} by ${vendor}.</p>`,
    status: state === 'draft' ? 'DRAFT' : state === 'archived' ? 'ARCHIVED' : 'ACTIVE',
    published: state === undefined,
    optionNames: options.length > 0 ? options.map((option) => option.name) : ['Title'],
    collections: collections.split(';').map((name) => name.trim()).filter((name) => name !== ''),
    imageCount: 0, variants,
  };
}

function parseOptions(text: string, decimals: number): { name: string; values: OptionValue[] }[] {
  if (text === '-' || text === '') return [];
  return text.split(';').map((part) => {
    const [name = '', values = ''] = part.split(':');
    return {
      name: name.trim(),
      values: values.split(',').map((value) => {
        const match = /^(.*?)(?: \(\+(\d+)\))?$/.exec(value.trim());
        return { name: match?.[1] ?? '', surcharge: match?.[2] ? (parseMoney(match[2], decimals) ?? 0) : 0 };
      }),
    };
  });
}

function combinations(lists: OptionValue[][]): OptionValue[][] {
  return lists.reduce<OptionValue[][]>((done, list) => done.flatMap((head) => list.map((value) => [...head, value])), [[]]);
}

function initials(title: string): string {
  return title.replace(/[^A-Za-z0-9 ]/g, '').split(' ').map((word) => word.slice(0, 2).toUpperCase()).join('').slice(0, 6);
}

/** Costs as suppliers quote them: to 5 cents, or to 10 yen. */
function roundCost(minor: number, decimals: number): number {
  const step = decimals === 0 ? 10 : 5;
  return Math.max(step, Math.round(minor / step) * step);
}

/** An EAN-13 with its check digit. */
function ean(twelve: number): string {
  const digits = String(twelve).padStart(12, '0').slice(0, 12);
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

const MATERIALS = ['Linen', 'Oak', 'Steel', 'Merino', 'Canvas', 'Ceramic', 'Cork', 'Bamboo', 'Copper', 'Wool'];
const THINGS = ['Lamp', 'Shirt', 'Mug', 'Backpack', 'Blanket', 'Bowl', 'Jacket', 'Stool', 'Bottle', 'Scarf', 'Basket', 'Tray'];
const VENDORS = ['Holt & Vale', 'Northfell', 'Clay & Co', 'Ardent', 'Hollow Hill', 'Tarn', 'Woolmark Lane', 'Kettle Works'];
const SIZES = ['XS', 'S', 'M', 'L', 'XL', 'XXL', '3XL', '4XL', '5XL', '6XL'];

/** `products` products of `variantsPerProduct` variants, the same for the same seed, made one at a time. */
export function* generateProducts(products: number, variantsPerProduct: number, decimals: number, seed: number): Generator<ProductDraft> {
  const random = mulberry32(seed);
  const unit = 10 ** decimals;
  for (let n = 0; n < products; n++) {
    const material = MATERIALS[n % MATERIALS.length] as string;
    const thing = THINGS[Math.floor(n / MATERIALS.length) % THINGS.length] as string;
    const base = Math.round((8 + random() * 240) * unit);
    const reduced = random() < 0.15;
    const code = String(n + 1).padStart(6, '0');
    yield {
      title: `${material} ${thing} ${n + 1}`, handle: `${material}-${thing}-${n + 1}`.toLowerCase(), vendor: VENDORS[n % VENDORS.length] as string,
      productType: thing, tags: [material.toLowerCase(), n % 3 === 0 ? 'core' : 'seasonal'], status: n % 50 === 49 ? 'DRAFT' : 'ACTIVE',
      published: true, optionNames: variantsPerProduct > 1 ? ['Size'] : ['Title'], collections: [`${thing}s`],
      variants: Array.from({ length: variantsPerProduct }, (_none, index): VariantDraft => {
        const price = base + Math.round(index * 1.5 * unit);
        return {
          options: [variantsPerProduct > 1 ? (variantsPerProduct <= SIZES.length ? (SIZES[index] as string) : `Size ${index + 1}`) : 'Default Title'],
          sku: `GEN-${code}-${String(index + 1).padStart(2, '0')}`, price, compareAtPrice: reduced ? Math.round(price * 1.2) : null,
          cost: random() < 0.92 ? Math.round(price * (0.35 + random() * 0.25)) : null, inventoryQuantity: Math.floor(random() * 200),
        };
      }),
    };
  }
}
