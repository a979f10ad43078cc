/** Controls of whole shops: new ones, generated catalogs, settings that a merchant changes, scopes. */
import { currencyDecimals } from './money.ts';
import { shopDefinition } from './shop-definition.ts';
import { Shop } from './shop.ts';
import { SimError } from './sim-error.ts';
import type { Simulator } from './simulator.ts';
import { zonedDateTime } from './clock.ts';
import { shopPayload } from './webhook-payloads.ts';

type Body = Record<string, unknown>;

/** Makes a shop, or replaces the catalog of one that is there. */
export function createShop(sim: Simulator, body: Body): unknown {
  const definition = shopDefinition(body);
  const known = sim.shops.get(definition.shop);
  const shop = known ?? new Shop(definition, sim.config.scopes, sim.clock.now());
  if (known) known.redefine(definition, sim.clock.now());
  else sim.shops.set(definition.shop, shop);
  return describeShop(shop);
}

export function describeShop(shop: Shop): unknown {
  return {
    shop: shop.domain, name: shop.name, currencyCode: shop.currencyCode, ianaTimezone: shop.ianaTimezone, plan: shop.plan,
    installed: shop.installation.installed, scopes: shop.grantedScopes(),
    products: shop.catalog.products.length, variants: shop.catalog.variants.length, collections: shop.catalog.collections.length,
  };
}

/** `{products, variantsPerProduct?, seed?}`: another catalog; everything else as after a reset. */
export function generateCatalog(sim: Simulator, shop: Shop, body: Body): unknown {
  const { csv: _csv, ...source } = shop.definition.source;
  shop.redefine(shopDefinition({ ...source, shop: shop.domain, currencyCode: shop.currencyCode, generate: body }), sim.clock.now());
  return describeShop(shop);
}

/** `{name?, currencyCode?, ianaTimezone?}`: the merchant changes them; amounts keep their numbers. The app is told by shop/update. */
export function setSettings(sim: Simulator, shop: Shop, body: Body): unknown {
  const unknown = Object.keys(body).find((key) => !['name', 'currencyCode', 'ianaTimezone'].includes(key));
  if (unknown) throw new SimError(400, `${unknown} cannot be set; known are name, currencyCode, ianaTimezone`);
  const { name, currencyCode, ianaTimezone } = { name: shop.name, currencyCode: shop.currencyCode, ianaTimezone: shop.ianaTimezone, ...body };
  const checked = shopDefinition({ shop: shop.domain, name, currencyCode, ianaTimezone, generate: { products: 1 } });
  const places = currencyDecimals(checked.currencyCode) - shop.decimals;
  if (places !== 0) shop.catalog.scaleMoney(10 ** places, sim.clock.now());
  shop.settings = { name: checked.name, currencyCode: checked.currencyCode, ianaTimezone: checked.ianaTimezone };
  shop.edits += 1;
  sim.webhooks.emit(shop, 'SHOP_UPDATE', { ...shopPayload(shop), updated_at: zonedDateTime(sim.clock.now(), shop.ianaTimezone) });
  return describeShop(shop);
}

/** `{scopes}`: what the app is granted from now on; told by app/scopes_update. */
export function setScopes(sim: Simulator, shop: Shop, { scopes }: Body): unknown {
  if (!Array.isArray(scopes) || scopes.some((scope) => typeof scope !== 'string' || !/^[a-z_]+$/.test(scope))) throw new SimError(400, 'scopes must be a list such as ["read_products"]');
  const before = shop.grantedScopes();
  shop.installation.scopes = scopes as string[];
  shop.edits += 1;
  tellScopes(sim, shop, before);
  return describeShop(shop);
}

export function tellScopes(sim: Simulator, shop: Shop, previous: readonly string[]): void {
  sim.webhooks.emit(shop, 'APP_SCOPES_UPDATE', {
    id: shop.id, previous, current: shop.grantedScopes(), updated_at: new Date(sim.clock.now()).toISOString(), shop_id: shop.id,
  });
}
