/** Controls under /_sim/shops/:shop/price-lists: make a list, see its truth, edit its fixed prices as a merchant. */
import type { Variant } from './catalog.ts';
import { currencyDecimals, formatMoney, parseMoney } from './money.ts';
import { addPriceList, changeFixedPrices, decimalsOf, effectivePrice, standardRate } from './price-lists.ts';
import type { PriceList, PriceListOrder } from './price-lists.ts';
import type { Shop } from './shop.ts';
import { SimError } from './sim-error.ts';
import type { Simulator } from './simulator.ts';
import { byHand } from './variant-changes.ts';

type Body = Record<string, unknown>;

/** `{name, currencyCode, country, adjustmentPercent?, compareAtMode?, exchangeRate?}` */
export function createPriceList(shop: Shop, body: Body): unknown {
  return described(addPriceList(shop, parsePriceList(shop, body)));
}

export function parsePriceList(shop: Shop, body: Body): PriceListOrder {
  const known = ['name', 'currencyCode', 'country', 'adjustmentPercent', 'compareAtMode', 'exchangeRate'];
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown) throw new SimError(400, `${unknown} is not part of a price list; known are ${known.join(', ')}`);
  const { name, currencyCode, country, adjustmentPercent = 0, compareAtMode = 'ADJUSTED' } = body;
  if (typeof name !== 'string' || name.trim() === '') throw new SimError(400, 'name must be text');
  if (typeof currencyCode !== 'string' || !/^[A-Z]{3}$/.test(currencyCode)) throw new SimError(400, 'currencyCode must be an ISO code such as EUR');
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country)) throw new SimError(400, 'country must be an ISO code such as DE');
  if (shop.priceLists.some((list) => list.country === country)) throw new SimError(409, `there is a price list for ${country} already`);
  if (typeof adjustmentPercent !== 'number' || !(adjustmentPercent > -100 && adjustmentPercent <= 1_000)) throw new SimError(400, 'adjustmentPercent must be a number above -100, such as -10');
  if (compareAtMode !== 'ADJUSTED' && compareAtMode !== 'NULLIFY') throw new SimError(400, 'compareAtMode must be ADJUSTED or NULLIFY');
  const exchangeRate = String(body['exchangeRate'] ?? standardRate(shop.currencyCode, currencyCode));
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(exchangeRate) || Number(exchangeRate) === 0) throw new SimError(400, 'exchangeRate must be a decimal such as "0.92"');
  return { name, currencyCode, country, adjustmentPercent, compareAtMode, exchangeRate };
}

function described(list: PriceList): Body {
  const { id, name, currencyCode, country, adjustmentPercent, compareAtMode, exchangeRate, fixed } = list;
  return { id: String(id), name, currencyCode, country, adjustmentPercent, compareAtMode, exchangeRate, fixedPrices: fixed.size };
}

export function listPriceLists(shop: Shop): unknown {
  return { data: shop.priceLists.map(described) };
}

/** What buyers of this list are shown, variant by variant. */
export function listPrices(shop: Shop, id: string, limit: number, start: number): unknown {
  const list = findPriceList(shop, id);
  const end = start + limit;
  const { variants } = shop.catalog;
  return { data: variants.slice(start, end).map((variant) => priceRow(shop, list, variant)), nextCursor: end < variants.length ? String(end) : null };
}

/** `{price, compareAtPrice?}` fixes the price, `{price: null}` removes the fixed price. */
export function editFixedPrice(sim: Simulator, shop: Shop, id: string, variant: Variant, body: Body): unknown {
  const list = findPriceList(shop, id);
  const amount = (name: string): number | null => {
    const value = body[name];
    if (value === null || value === undefined) return null;
    const minor = typeof value === 'string' ? parseMoney(value, currencyDecimals(list.currencyCode)) : null;
    if (minor === null || minor < 0) throw new SimError(400, `${name} must be an amount such as "12.50", or null`);
    return minor;
  };
  if (body['price'] === undefined) throw new SimError(400, 'price must be an amount such as "12.50", or null to remove the fixed price');
  const price = amount('price');
  const compareAtPrice = amount('compareAtPrice');
  if (price === null && !list.fixed.has(variant.id)) throw new SimError(409, 'this variant has no fixed price in this list');
  changeFixedPrices(sim, shop, list, [{ variant, price: price === null ? null : { price, compareAtPrice } }], byHand(sim, 'merchant'));
  return priceRow(shop, list, variant);
}

function priceRow(shop: Shop, list: PriceList, variant: Variant): unknown {
  const { price, compareAtPrice, origin } = effectivePrice(shop, list, variant);
  const money = (minor: number) => formatMoney(minor, decimalsOf(list));
  return { id: String(variant.id), sku: variant.sku, price: money(price), compareAtPrice: compareAtPrice === null ? null : money(compareAtPrice), origin: origin.toLowerCase() };
}

/** By the number of its gid, or the gid itself. */
export function findPriceList(shop: Shop, id: string): PriceList {
  const list = shop.priceLists.find((candidate) => id === String(candidate.id) || id === `gid://shopify/PriceList/${candidate.id}`);
  if (!list) throw new SimError(404, `there is no price list ${id} in ${shop.domain}`);
  return list;
}
