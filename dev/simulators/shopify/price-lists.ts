/**
 * Price lists of Shopify Markets: a currency, an adjustment of the shop's own prices, and fixed prices that override it.
 * The one place where fixed prices change; like every write of a price it is logged. Shopify sends no webhook for it.
 */
import type { Variant } from './catalog.ts';
import { currencyDecimals } from './money.ts';
import type { Shop } from './shop.ts';
import { SimError } from './sim-error.ts';
import type { Author } from './variant-changes.ts';
import type { Simulator } from './simulator.ts';

/** Minor units of the list's currency. */
export interface ListPrice {
  price: number;
  compareAtPrice: number | null;
}

export interface EffectivePrice extends ListPrice {
  origin: 'FIXED' | 'RELATIVE';
}

/** What a price list is made of; kept on disk as it is. */
export interface PriceListOrder {
  name: string;
  currencyCode: string;
  /** ISO 3166: the country whose market has this list. */
  country: string;
  /** Signed: −10 is ten percent off the shop's price. */
  adjustmentPercent: number;
  compareAtMode: 'ADJUSTED' | 'NULLIFY';
  /** Units of the list's currency for one of the shop's: a plain decimal. */
  exchangeRate: string;
}

export interface PriceList extends PriceListOrder {
  readonly kind: 'PriceList';
  readonly id: number;
  readonly fixed: Map<number, ListPrice>;
}

/** Made-up rates against the US dollar that never change: a test must be able to say what a price will be. */
const PER_DOLLAR: Readonly<Record<string, string>> = {
  USD: '1', EUR: '0.92', GBP: '0.79', CAD: '1.36', AUD: '1.52', CHF: '0.88', SEK: '10.5', DKK: '6.86', NOK: '10.6', JPY: '150', KRW: '1350', KWD: '0.307', BHD: '0.377',
};

/** The rate that is used where none was ordered. Throws SimError 400 for a currency without one. */
export function standardRate(from: string, to: string): string {
  if (from === to) return '1';
  const [a, b] = [PER_DOLLAR[from], PER_DOLLAR[to]];
  if (a === undefined || b === undefined) throw new SimError(400, `give an exchangeRate from ${from} to ${to}; known without one are ${Object.keys(PER_DOLLAR).join(', ')}`);
  return (Number(b) / Number(a)).toFixed(6);
}

export function addPriceList(shop: Shop, order: PriceListOrder): PriceList {
  const id = (shop.priceLists.at(-1)?.id ?? shop.id * 1_000) + 1;
  const list: PriceList = { kind: 'PriceList', id, ...order, fixed: new Map() };
  shop.priceLists.push(list);
  shop.edits += 1;
  return list;
}

export function decimalsOf(list: Pick<PriceList, 'currencyCode'>): number {
  return currencyDecimals(list.currencyCode);
}

/** What buyers of the list's market are shown. */
export function effectivePrice(shop: Shop, list: PriceList, variant: Variant): EffectivePrice {
  const fixed = list.fixed.get(variant.id);
  if (fixed) return { ...fixed, origin: 'FIXED' };
  const compareAtPrice = list.compareAtMode === 'NULLIFY' || variant.compareAtPrice === null ? null : adjusted(shop, list, variant.compareAtPrice);
  return { price: adjusted(shop, list, variant.price), compareAtPrice, origin: 'RELATIVE' };
}

/** The shop's amount by rate and adjustment, half up to the list's decimals; exact, because tests compare to the unit. */
function adjusted(shop: Shop, list: PriceList, minor: number): number {
  const [whole, fraction = ''] = list.exchangeRate.split('.');
  const numerator = BigInt(minor) * BigInt(`${whole}${fraction}`) * BigInt(Math.round((100 + list.adjustmentPercent) * 1_000_000)) * 10n ** BigInt(decimalsOf(list));
  const denominator = 10n ** BigInt(fraction.length) * 100_000_000n * 10n ** BigInt(shop.decimals);
  return Number((2n * numerator + denominator) / (2n * denominator));
}

/** `price` null removes the fixed price. */
export interface FixedPriceChange {
  variant: Variant;
  price: ListPrice | null;
}

export function changeFixedPrices(sim: Simulator, shop: Shop, list: PriceList, changes: readonly FixedPriceChange[], author: Author): void {
  for (const { variant, price } of changes) {
    const before = effectivePrice(shop, list, variant);
    if (price) list.fixed.set(variant.id, price);
    else list.fixed.delete(variant.id);
    const after = effectivePrice(shop, list, variant);
    shop.writes.add({ landedAt: sim.clock.now(), variantId: variant.id, productId: variant.product.id, currencyCode: list.currencyCode, before, after, ...author, priceList: { id: String(list.id), currencyCode: list.currencyCode } });
  }
  shop.edits += 1;
}
