/** Orders that customers place, told by orders/create. The simulator keeps no orders: the app hears of them by webhook and nowhere else. */
import type { Variant } from './catalog.ts';
import { zonedDateTime } from './clock.ts';
import { gid } from './gid.ts';
import { formatMoney, parseMoney } from './money.ts';
import type { Shop } from './shop.ts';
import { SimError } from './sim-error.ts';
import type { Simulator } from './simulator.ts';

type Body = Record<string, unknown>;

interface OrderLine {
  readonly variant: Variant;
  readonly quantity: number;
  readonly price: number;
  /** What the order's discounts take off this line as a whole. */
  readonly discount: number;
}

interface Order {
  readonly id: number;
  readonly createdAt: number;
  readonly test: boolean;
  readonly cancelled: boolean;
  readonly lines: readonly OrderLine[];
}

const ORDERS_MAX = 10_000;
const AT_ONCE = 25;
const AT_ONCE_MS = 100;
const DAY_MS = 24 * 3_600_000;

/**
 * `{lines: [{variantId, quantity?, price?, discount?}], createdAt?, test?, cancelled?}` places one order;
 * `{generate: {orders, days?, seed?}}` as many as asked for over the last days, the same ones for the same seed.
 * Answers what was placed, and whether the app was told: it is only with the scope read_orders.
 */
export function placeOrders(sim: Simulator, shop: Shop, body: Body, findVariant: (parameter: string) => Variant): unknown {
  const orders = body['generate'] === undefined ? [oneOrder(sim, shop, body, findVariant)] : generatedOrders(sim, shop, body['generate']);
  const told = shop.grantedScopes().some((scope) => scope === 'read_orders' || scope === 'write_orders');
  // A shop's orders do not come all at once: a second for 250 of them, which an app keeps up with.
  const { epoch } = shop;
  for (const [index, order] of (told ? orders : []).entries()) {
    const tell = (): void => {
      if (shop.epoch === epoch) sim.webhooks.emit(shop, 'ORDERS_CREATE', orderPayload(shop, order));
    };
    if (index < AT_ONCE) tell();
    else sim.clock.after(Math.floor(index / AT_ONCE) * AT_ONCE_MS, tell);
  }
  return { orders: orders.length, told, data: orders.slice(0, 250).map((order) => summaryOf(shop, order)) };
}

function oneOrder(sim: Simulator, shop: Shop, body: Body, findVariant: (parameter: string) => Variant): Order {
  const unknown = Object.keys(body).find((key) => !['lines', 'createdAt', 'test', 'cancelled'].includes(key));
  if (unknown) throw new SimError(400, `an order has no ${unknown}; it has lines, createdAt, test, cancelled, or is generate`);
  const { lines, createdAt } = body;
  if (!Array.isArray(lines) || lines.length === 0) throw new SimError(400, 'lines must be a list such as [{"variantId":"41","quantity":2}]');
  const at = createdAt === undefined ? sim.clock.now() : typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  if (Number.isNaN(at)) throw new SimError(400, 'createdAt must be a time such as 2026-11-22T10:00:00Z');
  return {
    id: shop.nextId(), createdAt: at, test: body['test'] === true, cancelled: body['cancelled'] === true,
    lines: lines.map((line: Body) => {
      const variant = findVariant(String(line['variantId'] ?? ''));
      const quantity = line['quantity'] ?? 1;
      if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1) throw new SimError(400, 'quantity must be a whole number from 1 on');
      return { variant, quantity, price: amountOf(shop, line, 'price') ?? variant.price, discount: amountOf(shop, line, 'discount') ?? 0 };
    }),
  };
}

function amountOf(shop: Shop, line: Body, name: string): number | null {
  const value = line[name];
  if (value === undefined) return null;
  const minor = typeof value === 'string' ? parseMoney(value, shop.decimals) : null;
  if (minor === null || minor < 0) throw new SimError(400, `${name} must be an amount such as "12.50"`);
  return minor;
}

/** Few variants sell much and most little, as in real shops. */
function generatedOrders(sim: Simulator, shop: Shop, asked: unknown): Order[] {
  const { orders, days = 30, seed = 1 } = (asked ?? {}) as { orders?: unknown; days?: unknown; seed?: unknown };
  const whole = (value: unknown, most: number): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
  if (!whole(orders, ORDERS_MAX)) throw new SimError(400, `generate.orders must be a whole number from 1 to ${ORDERS_MAX}`);
  if (!whole(days, 365) || !whole(seed, 2 ** 31 - 2)) throw new SimError(400, 'generate.days must be from 1 to 365, generate.seed a whole number from 1 on');
  const { variants } = shop.catalog;
  if (variants.length === 0) throw new SimError(409, 'the shop has nothing to sell');
  let state = seed;
  const random = (): number => (state = (state * 48_271) % (2 ** 31 - 1)) / (2 ** 31 - 1);
  const order = variants.map((variant) => ({ variant, at: random() })).sort((a, b) => a.at - b.at).map(({ variant }) => variant);
  const now = sim.clock.now();
  return Array.from({ length: orders }, () => {
    const createdAt = now - Math.floor(random() * days * DAY_MS);
    const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, (): OrderLine => {
      const variant = order[Math.floor(order.length * random() ** 3)]!;
      const quantity = 1 + Math.floor(random() * 3);
      return { variant, quantity, price: variant.price, discount: random() < 0.2 ? Math.floor((variant.price * quantity) / 10) : 0 };
    });
    return { id: shop.nextId(), createdAt, test: false, cancelled: false, lines };
  });
}

const totalOf = ({ price, quantity, discount }: OrderLine): number => Math.max(0, price * quantity - discount);

function summaryOf(shop: Shop, order: Order): unknown {
  return {
    id: String(order.id), createdAt: new Date(order.createdAt).toISOString(), test: order.test, cancelled: order.cancelled,
    total: formatMoney(order.lines.reduce((sum, line) => sum + totalOf(line), 0), shop.decimals),
    lines: order.lines.map(({ variant, quantity, price, discount }) => ({
      variantId: String(variant.id), sku: variant.sku, quantity, price: formatMoney(price, shop.decimals), discount: formatMoney(discount, shop.decimals) })),
  };
}

/** The order as Shopify's REST API prints it: amounts in the shop's currency, and everything about the customer that an app must not need. */
function orderPayload(shop: Shop, { id, createdAt, test, cancelled, lines }: Order): Record<string, unknown> {
  const money = (minor: number): string => formatMoney(minor, shop.decimals);
  const both = (minor: number) => ({ shop_money: { amount: money(minor), currency_code: shop.currencyCode }, presentment_money: { amount: money(minor), currency_code: shop.currencyCode } });
  const at = zonedDateTime(createdAt, shop.ianaTimezone);
  const address = { first_name: 'Ada', last_name: 'Example', address1: '1 High Street', city: 'Springfield', zip: '12345', country_code: 'US', phone: '+15550100' };
  const total = lines.reduce((sum, line) => sum + totalOf(line), 0);
  return {
    id, admin_graphql_api_id: gid('Order', id), app_id: null, name: `#${id}`, created_at: at, processed_at: at, updated_at: at, closed_at: null,
    cancelled_at: cancelled ? at : null, cancel_reason: cancelled ? 'customer' : null, test, currency: shop.currencyCode, presentment_currency: shop.currencyCode,
    financial_status: 'paid', fulfillment_status: null, source_name: 'web', taxes_included: false, total_price: money(total), total_line_items_price: money(total),
    email: 'ada@example.com', contact_email: 'ada@example.com', phone: '+15550100', note: 'Please ring twice', browser_ip: '192.0.2.1',
    customer: { id: 191167, email: 'ada@example.com', first_name: 'Ada', last_name: 'Example', default_address: address }, billing_address: address, shipping_address: address,
    line_items: lines.map((line, index) => ({
      id: id * 100 + index, admin_graphql_api_id: gid('LineItem', id * 100 + index), variant_id: line.variant.id, product_id: line.variant.product.id,
      title: line.variant.product.title, name: line.variant.product.title, sku: line.variant.sku, vendor: line.variant.product.vendor,
      quantity: line.quantity, current_quantity: line.quantity, price: money(line.price), price_set: both(line.price), total_discount: '0.00', gift_card: false, taxable: true,
      properties: [{ name: 'Gift note', value: 'For Ada' }],
      discount_allocations: line.discount === 0 ? [] : [{ amount: money(line.discount), amount_set: both(line.discount), discount_application_index: 0 }],
    })),
    refunds: [],
  };
}
