/** Makes a shop's definition from an order as it comes over HTTP, or as it was kept on disk. */
import { parseBulkSpeed } from './bulk-speed.ts';
import { builtInPriceLists, builtInProducts, builtInShop, generateProducts } from './built-in-shops.ts';
import { MAX_VARIANTS_PER_PRODUCT } from './catalog.ts';
import type { ProductDraft } from './catalog.ts';
import { PLANS } from './leaky-bucket.ts';
import type { Plan } from './leaky-bucket.ts';
import { currencyDecimals } from './money.ts';
import { ProductCsvError, readProductCsv } from './product-csv.ts';
import type { ShopDefinition } from './shop.ts';
import { SimError } from './sim-error.ts';

type Body = Record<string, unknown>;

const STANDARD_SEED = 7;
/** The ids of one shop have room for more, a machine's memory may not. */
const MOST_VARIANTS = 2_000_000;

/**
 * `{shop, currencyCode?, plan?, name?, ianaTimezone?, bulk?, csv?, generate?}`; without csv and generate the built-in catalog.
 * @throws SimError 400 for what is malformed, 422 for a CSV that cannot be read
 */
export function shopDefinition(body: Body): ShopDefinition {
  const domain = body['shop'];
  if (typeof domain !== 'string' || !/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/.test(domain)) {
    throw new SimError(400, 'shop must be a domain such as demo.myshopify.com');
  }
  const standard = builtInShop(domain);
  const currencyCode = body['currencyCode'] ?? standard?.currencyCode ?? 'USD';
  if (typeof currencyCode !== 'string' || !/^[A-Z]{3}$/.test(currencyCode)) throw new SimError(400, 'currencyCode must be an ISO code such as USD');
  const ianaTimezone = String(body['ianaTimezone'] ?? standard?.ianaTimezone ?? 'America/New_York');
  if (!isZone(ianaTimezone)) throw new SimError(400, 'ianaTimezone must be a zone such as Europe/Berlin');
  return {
    shop: domain, currencyCode, plan: planOf(body['plan'] ?? 'standard'), ianaTimezone,
    name: typeof body['name'] === 'string' ? body['name'] : (standard?.name ?? titleOf(domain)),
    bulk: parseBulkSpeed(body['bulk']),
    products: productsOf(body, currencyDecimals(currencyCode)),
    priceLists: body['csv'] == null && body['generate'] == null ? builtInPriceLists(domain, currencyCode) : [],
    source: body,
  };
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function planOf(value: unknown): Plan {
  if (typeof value === 'string' && Object.hasOwn(PLANS, value)) return value as Plan;
  throw new SimError(400, `plan must be one of ${Object.keys(PLANS).join(', ')}`);
}

function productsOf(body: Body, decimals: number): () => Iterable<ProductDraft> {
  const { csv, generate } = body;
  if (csv !== undefined && csv !== null) {
    const files = (Array.isArray(csv) ? csv : [csv]).map((file, index) => csvFile(file, index));
    try {
      const drafts = files.flatMap(({ name, text }) => readProductCsv(text, decimals, name));
      return () => drafts;
    } catch (error) {
      if (error instanceof ProductCsvError) throw new SimError(422, error.message, { file: error.file, line: error.line, problem: error.problem });
      throw error;
    }
  }
  if (generate !== undefined && generate !== null) {
    const { products, variantsPerProduct, seed } = generate as { products?: unknown; variantsPerProduct?: unknown; seed?: unknown };
    const many = wholeNumber('products', products, 1_000_000);
    const each = wholeNumber('variantsPerProduct', variantsPerProduct ?? 1, MAX_VARIANTS_PER_PRODUCT);
    if (many * each > MOST_VARIANTS) throw new SimError(400, `generate makes at most ${MOST_VARIANTS} variants`);
    const chosen = wholeNumber('seed', seed ?? STANDARD_SEED, 2 ** 32);
    return () => generateProducts(many, each, decimals, chosen);
  }
  return builtInProducts(decimals);
}

function wholeNumber(name: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new SimError(400, `generate.${name} must be a whole number from 1 to ${most}`);
}

/** `csv` is a text, or a list of texts or `{name, text}` for several files. */
function csvFile(file: unknown, index: number): { name: string; text: string } {
  const fallback = index === 0 ? 'products.csv' : `products-${index + 1}.csv`;
  if (typeof file === 'string') return { name: fallback, text: file };
  const { name, text } = (file ?? {}) as { name?: unknown; text?: unknown };
  if (typeof text !== 'string') throw new SimError(400, 'csv must be the text of a file, or a list of {name, text}');
  return { name: typeof name === 'string' ? name : fallback, text };
}

function titleOf(domain: string): string {
  return domain.replace('.myshopify.com', '').split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}
