/** The simulator's own controls under /_sim, for tests and the demo; exact contract in the design's API document. */
import type { IncomingMessage } from 'node:http';
import { cancelByHand, setBulkSpeed } from './bulk-control.ts';
import { listBulkOperations } from './bulk-lifecycle.ts';
import { bulkSpeedOf } from './bulk-speed.ts';
import type { Variant } from './catalog.ts';
import { MAX_SPEED } from './clock.ts';
import { parseFault } from './faults.ts';
import { gid, parseGid } from './gid.ts';
import { json } from './http-reply.ts';
import type { Reply } from './http-reply.ts';
import { formatMoney, parseMoney } from './money.ts';
import { placeOrders } from './orders.ts';
import { createPriceList, editFixedPrice, listPriceLists, listPrices } from './price-list-control.ts';
import { embeddedUrl, mintSessionToken } from './session-token.ts';
import { createShop, describeShop, generateCatalog, setScopes, setSettings, tellScopes } from './shop-control.ts';
import { planOf } from './shop-definition.ts';
import type { Shop } from './shop.ts';
import { SimError } from './sim-error.ts';
import type { Simulator } from './simulator.ts';
import { emptyStats } from './simulator.ts';
import { byHand, changeVariants } from './variant-changes.ts';
import type { VariantChange } from './variant-changes.ts';
import { SHOPIFY_RETRIES, SHORT_RETRIES } from './webhooks.ts';
import { changeProduct, createProduct, deleteProduct, deleteVariant, redactShop, sendWebhook, uninstall } from './merchant-actions.ts';

type Body = Record<string, unknown>;
type Handler = (call: { sim: Simulator; shop: Shop; parameter: string; second: string; query: URLSearchParams; body: Body }) => unknown;

const SHOP_ROUTES: [string, RegExp, Handler][] = [
  ['GET', /^variants$/, ({ shop, query }) => listVariants(shop, query)],
  ['POST', /^variants\/([^/]+)$/, ({ sim, shop, parameter, body }) => editVariant(sim, shop, parameter, body)],
  ['DELETE', /^variants\/([^/]+)$/, ({ sim, shop, parameter }) => deleteVariant(sim, shop, findVariant(shop, parameter))],
  ['POST', /^products$/, ({ sim, shop, body }) => createProduct(sim, shop, body)],
  ['POST', /^products\/([^/]+)$/, ({ sim, shop, parameter, body }) => changeProduct(sim, shop, numberOf(parameter), body)],
  ['DELETE', /^products\/([^/]+)$/, ({ sim, shop, parameter }) => deleteProduct(sim, shop, numberOf(parameter))],
  ['GET', /^writes$/, ({ shop, query }) => shop.writes.after(wholeNumber(query, 'after', 0), wholeNumber(query, 'limit', 1_000_000))],
  ['GET', /^price-lists$/, ({ shop }) => listPriceLists(shop)],
  ['POST', /^price-lists$/, ({ shop, body }) => createPriceList(shop, body)],
  ['GET', /^price-lists\/([^/]+)\/prices$/, ({ shop, parameter, query }) => listPrices(shop, parameter, Math.min(10_000, wholeNumber(query, 'limit', 250)), wholeNumber(query, 'cursor', 0))],
  ['POST', /^price-lists\/([^/]+)\/variants\/([^/]+)$/, ({ sim, shop, parameter, second, body }) => editFixedPrice(sim, shop, parameter, findVariant(shop, second), body)],
  ['GET', /^faults$/, ({ shop }) => ({ data: shop.faults.list().map(({ random: _random, ...fault }) => ({ ...fault, remaining: finite(fault.remaining), until: finite(fault.until) })) })],
  ['POST', /^faults$/, ({ sim, shop, body }) => addFault(sim, shop, body)],
  ['DELETE', /^faults$/, ({ sim, shop }) => clearFaults(sim, shop)],
  ['POST', /^plan$/, ({ sim, shop, body }) => {
    shop.changePlan(planOf(body['plan']), sim.clock.now());
    return { shop: shop.domain, plan: shop.plan };
  }],
  ['GET', /^bulk$/, ({ sim, shop }) => bulkSpeedOf(sim, shop)],
  ['POST', /^bulk$/, ({ sim, shop, body }) => setBulkSpeed(sim, shop, body)],
  ['GET', /^bulk-operations$/, ({ sim, shop }) => listBulkOperations(sim, shop)],
  ['POST', /^bulk-operations\/([^/]+)\/cancel$/, ({ shop, parameter }) => cancelByHand(shop, numberOf(parameter))],
  ['POST', /^generate$/, ({ sim, shop, body }) => generateCatalog(sim, shop, body)],
  ['POST', /^settings$/, ({ sim, shop, body }) => setSettings(sim, shop, body)],
  ['POST', /^scopes$/, ({ sim, shop, body }) => setScopes(sim, shop, body)],
  ['GET', /^variants\/([^/]+)$/, ({ shop, parameter }) => variantRow(shop, findVariant(shop, parameter))],
  ['GET', /^deliveries$/, ({ shop }) => ({ data: shop.deliveries })],
  ['POST', /^uninstall$/, ({ sim, shop }) => uninstall(sim, shop)],
  ['POST', /^redact$/, ({ sim, shop }) => redactShop(sim, shop)],
  ['POST', /^orders$/, ({ sim, shop, body }) => placeOrders(sim, shop, body, (parameter) => findVariant(shop, parameter))],
  ['POST', /^webhooks$/, ({ sim, shop, body }) => sendWebhook(sim, shop, body)],
];

/** Answers a request under /_sim. */
export function answerControl(sim: Simulator, request: IncomingMessage, url: URL, text: string): Reply {
  if (!isLoopback(request.socket.remoteAddress)) return json(403, { error: 'the controls answer on loopback only' });
  try {
    return json(200, route(sim, request.method ?? 'GET', url, text));
  } catch (error) {
    if (error instanceof SimError) return json(error.status, { error: error.message, ...error.details });
    throw error;
  }
}

function route(sim: Simulator, method: string, url: URL, text: string): unknown {
  const path = url.pathname.replace(/^\/_sim\//, '').replace(/\/$/, '');
  const query = url.searchParams;
  const body = method === 'POST' ? parseBody(text) : {};
  switch (`${method} ${path}`) {
    case 'POST reset': return reset(sim);
    case 'POST shops': return createShop(sim, body);
    case 'GET shops': return { data: [...sim.shops.values()].map(describeShop) };
    case 'GET stats': return sim.stats;
    case 'POST clock': return changeClock(sim, body);
    case 'GET clock': return clockNow(sim);
    case 'POST webhook-retries': return setRetries(sim, body);
    case 'GET id-token': return idToken(sim, query);
    case 'GET embedded-url': return embedded(sim, query);
    default:
  }
  const match = /^shops\/([^/]+)\/(.+)$/.exec(path);
  if (match) {
    const shop = findShop(sim, decodeURIComponent(match[1] as string));
    for (const [wanted, pattern, handler] of SHOP_ROUTES) {
      const found = wanted === method ? pattern.exec(match[2] as string) : null;
      if (found) return handler({ sim, shop, parameter: decodeURIComponent(found[1] ?? ''), second: decodeURIComponent(found[2] ?? ''), query, body });
    }
  }
  throw new SimError(404, `there is no ${method} /_sim/${path}`);
}

function reset(sim: Simulator): unknown {
  sim.clock.resetOffset();
  for (const shop of sim.shops.values()) shop.reset(sim.clock.now());
  Object.assign(sim.stats, emptyStats());
  return { shops: [...sim.shops.values()].map(describeShop) };
}

function variantRow(shop: Shop, variant: Variant): unknown {
  const money = (minor: number | null) => (minor === null ? null : formatMoney(minor, shop.decimals));
  return {
    id: String(variant.id), productId: String(variant.product.id), sku: variant.sku, price: money(variant.price),
    compareAtPrice: money(variant.compareAtPrice), cost: money(variant.cost), inventoryQuantity: variant.inventoryQuantity,
  };
}

function listVariants(shop: Shop, query: URLSearchParams): unknown {
  const limit = Math.min(10_000, Math.max(1, wholeNumber(query, 'limit', 250)));
  const start = wholeNumber(query, 'cursor', 0);
  const { variants } = shop.catalog;
  const end = start + limit;
  return { data: variants.slice(start, end).map((variant) => variantRow(shop, variant)), nextCursor: end < variants.length ? String(end) : null };
}

function editVariant(sim: Simulator, shop: Shop, parameter: string, body: Body): unknown {
  const variant = findVariant(shop, parameter);
  const known = ['price', 'compareAtPrice', 'cost', 'inventoryQuantity'];
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown) throw new SimError(400, `${unknown} cannot be edited; known are ${known.join(', ')}`);
  const amount = (name: string, nullable: boolean): number | null | undefined => {
    const value = body[name];
    if (value === undefined) return undefined;
    if (value === null && nullable) return null;
    const minor = typeof value === 'string' || typeof value === 'number' ? parseMoney(String(value), shop.decimals) : null;
    if (minor === null || minor < 0) throw new SimError(400, `${name} must be an amount such as "12.50"${nullable ? ' or null' : ''}`);
    return minor;
  };
  const change: VariantChange = { variant, price: amount('price', false) ?? undefined, compareAtPrice: amount('compareAtPrice', true), cost: amount('cost', true) };
  const quantity = body['inventoryQuantity'];
  if (quantity !== undefined) {
    if (typeof quantity !== 'number' || !Number.isInteger(quantity)) throw new SimError(400, 'inventoryQuantity must be a whole number');
    change.inventoryQuantity = quantity;
  }
  changeVariants(sim, shop, [change], byHand(sim, 'merchant'));
  return variantRow(shop, variant);
}

function addFault(sim: Simulator, shop: Shop, body: Body): unknown {
  const now = sim.clock.now();
  const fault = shop.faults.add(parseFault(body), now);
  if (fault.kind === 'scope_removed') tellScopes(sim, shop, shop.installation.scopes);
  if (fault.kind === 'other_traffic') {
    shop.bucket(sim.config.apiKey, now); // a bucket that nobody has used yet would begin full, later
    shop.otherTraffic(fault.pointsPerSecond as number, fault.until, now);
  }
  return { id: fault.id, kind: fault.kind, operation: fault.operation ?? null, remaining: finite(fault.remaining) };
}

function clearFaults(sim: Simulator, shop: Shop): unknown {
  const before = shop.grantedScopes();
  shop.faults.clear();
  shop.otherTraffic(0, 0, sim.clock.now());
  if (before.length < shop.installation.scopes.length) tellScopes(sim, shop, before);
  return { data: [] };
}

/** `{advanceMs?, speed?}`: time makes a leap, and goes on that many times as fast as real time. */
function changeClock(sim: Simulator, { advanceMs, speed }: Body): unknown {
  if (advanceMs === undefined && speed === undefined) throw new SimError(400, 'give advanceMs, speed, or both');
  if (advanceMs !== undefined && (typeof advanceMs !== 'number' || !(advanceMs >= 0 && advanceMs <= 10 * 365 * 24 * 3_600_000))) throw new SimError(400, 'advanceMs must be a number of milliseconds, not negative');
  if (speed !== undefined && (typeof speed !== 'number' || !(speed >= 0 && speed <= MAX_SPEED))) throw new SimError(400, `speed must be a number from 0 to ${MAX_SPEED}`);
  if (typeof speed === 'number') sim.clock.setSpeed(speed);
  if (typeof advanceMs === 'number') sim.clock.advance(advanceMs);
  return clockNow(sim);
}

function clockNow({ clock }: Simulator): unknown {
  return { now: new Date(clock.now()).toISOString(), offsetMs: clock.offsetMs, speed: clock.speed };
}

/** `{schedule}`: "shopify" (eight over four hours), "short" (eight within a minute), or waits in milliseconds. */
function setRetries(sim: Simulator, { schedule }: Body): unknown {
  const waits = schedule === 'shopify' ? SHOPIFY_RETRIES : schedule === 'short' ? SHORT_RETRIES : schedule;
  if (!Array.isArray(waits) || waits.some((wait) => typeof wait !== 'number' || !(wait >= 0))) throw new SimError(400, 'schedule must be "shopify", "short", or a list of milliseconds');
  sim.config.retryScheduleMs = waits as number[];
  return { schedule: waits };
}

function idToken(sim: Simulator, query: URLSearchParams): unknown {
  const shop = findShop(sim, query.get('shop') ?? '');
  return { token: mintSessionToken(sim.config, shop.domain, { ...user(query), now: sim.clock.now() }) };
}

function embedded(sim: Simulator, query: URLSearchParams): unknown {
  const shop = findShop(sim, query.get('shop') ?? '');
  return { url: embeddedUrl(sim.config, sim.config.appUrl, shop.domain, query.get('path') ?? '/', { ...user(query), now: sim.clock.now() }) };
}

function user(query: URLSearchParams): { user?: string } {
  const given = query.get('user');
  return given ? { user: given } : {};
}

function findShop(sim: Simulator, domain: string): Shop {
  const shop = sim.shops.get(domain);
  if (!shop) throw new SimError(404, `there is no shop "${domain}"; known are ${[...sim.shops.keys()].join(', ')}`);
  return shop;
}

/** A number as in a gid, or the gid itself (of the variant or of its inventory item). */
function findVariant(shop: Shop, parameter: string): Variant {
  const id = numberOf(parameter);
  const variant = shop.catalog.variant(id) ?? shop.catalog.variantOfInventoryItem(id);
  if (!variant) throw new SimError(404, `there is no variant ${gid('ProductVariant', id)} in ${shop.domain}`);
  return variant;
}

function numberOf(parameter: string): number {
  return parseGid(parameter)?.id ?? Number(parameter);
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === '' || text === 'null') return fallback;
  if (!/^\d+$/.test(text)) throw new SimError(400, `${name} must be a whole number`);
  return Number(text);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function parseBody(text: string): Body {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Body;
  } catch {
    // falls through: one message for all that is no object
  }
  throw new SimError(400, 'the body must be a JSON object');
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));
}
