import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import type { CatalogSource } from '../../app/ports/catalog-source.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(() => shop.close());

const DAY = 86_400_000;
const source = { products: async () => { throw new Error('nothing is to be fetched'); } } as unknown as CatalogSource;
let last = 5_000;

interface Told { id?: number; at?: Date; lines?: [variant: number, quantity: number, price: string, discount?: string][]; more?: object; eventId?: string }

/** Delivers an order and answers how its webhook ended. */
async function order({ id = last++, at = shop.now(), lines = [[1, 1, '10.00']], more = {}, eventId = randomUUID() }: Told = {}): Promise<{ state: string; error: string | null }> {
  const webhookId = randomUUID();
  const payload = {
    id, created_at: at.toISOString(), currency: 'USD', test: false, cancelled_at: null, email: 'ada@example.com', customer: { first_name: 'Ada' }, note: 'ring twice',
    line_items: lines.map(([variant, quantity, price, discount]) => ({ variant_id: variant, quantity, price, name: 'For Ada', discount_allocations: discount ? [{ amount: discount }] : [] })), ...more,
  };
  await receiveWebhook(shop, shop.ctx, { webhookId, eventId, topic: 'orders/create', apiVersion: '2026-07', triggeredAt: shop.now(), payload });
  await processWebhooks({ ...shop, source }, shop.ctx, new AbortController().signal);
  const [row] = await shop.sql<{ state: string; error: string | null }>('select state, error from webhook_inbox where webhook_id = $1', [webhookId]);
  return row!;
}

const facts = async () => (await shop.sql<{ ref: bigint; day: string; units: bigint; revenue: bigint }>(
  `select v.ref, to_char(s.day, 'YYYY-MM-DD') as day, s.units, s.revenue from variant_sales s join variants v on v.ref = s.variant_ref order by v.ref, s.day`))
  .map(({ ref, day, units, revenue }) => [Number(ref), day, Number(units), Number(revenue)]);
const volume = async () => (await shop.sql<{ ref: bigint; units: bigint }>(
  'select v.ref, w.units from variant_volume w join variants v on v.ref = w.variant_ref order by v.ref')).map(({ ref, units }) => [Number(ref), Number(units)]);
const window = () => shop.uow.run(shop.ctx.tenantId, (tx) => tx.sales.window());

describe('orders as sales facts', () => {
  it('add up by variant and day of the shop, after discounts', async () => {
    await shop.stock(3);
    await shop.sql(`update tenants set time_zone = 'America/New_York'`);
    expect(await order({ at: new Date('2026-11-22T04:00:00Z'), lines: [[1, 2, '10.00', '1.00'], [2, 1, '10.00']] })).toEqual({ state: 'done', error: null });
    await order({ at: new Date('2026-11-22T06:00:00Z'), lines: [[1, 3, '10.00']] });
    await order({ at: new Date('2026-11-22T07:00:00Z'), lines: [[1, 1, '9.50']] });
    expect(await facts()).toEqual([[1, '2026-11-21', 2, 1_900], [1, '2026-11-22', 4, 3_950], [2, '2026-11-21', 1, 1_000]]);
    expect(await volume()).toEqual([[1, 6], [2, 1]]);
    expect(await window()).toEqual({ firstDay: '2026-10-24', lastDay: '2026-11-22', countedSince: shop.now(), latestOrderAt: new Date('2026-11-22T07:00:00Z') });
  });

  it('count once, by event and by number', async () => {
    await shop.stock(1);
    const eventId = randomUUID();
    await order({ id: 7, eventId });
    expect(await order({ id: 7, eventId })).toMatchObject({ state: 'ignored' });
    expect(await order({ id: 7 })).toEqual({ state: 'ignored', error: 'the order was counted before' });
    expect(await volume()).toEqual([[1, 1]]);
  });

  it('are no sales as a test, cancelled, without variants or unreadable', async () => {
    await shop.stock(1);
    for (const more of [{ test: true }, { cancelled_at: '2026-11-22T00:00:00Z' }, { line_items: [{ variant_id: null, quantity: 1, price: '1.00' }] }, { line_items: 'none' }]) {
      expect(await order({ more })).toMatchObject({ state: 'ignored' });
    }
    expect(await facts()).toEqual([]);
    expect(await window()).toBeNull();
  });

  it('leave nothing about the customer behind', async () => {
    await order();
    expect(JSON.stringify(await shop.sql('select payload from webhook_inbox'))).not.toMatch(/ada|ring twice|email/i);
  });

  it('of a variant that is not in the catalog yet are there when it comes', async () => {
    await order({ lines: [[1, 4, '10.00']] });
    expect(await volume()).toEqual([]);
    await shop.stock(1);
    expect(await volume()).toEqual([[1, 4]]);
  });

  it('leave the window when their day does, and the facts stay', async () => {
    await shop.stock(2);
    await order({ at: new Date(shop.now().getTime() - 29 * DAY), lines: [[1, 5, '10.00']] });
    await order({ lines: [[1, 1, '10.00'], [2, 2, '10.00']] });
    expect(await volume()).toEqual([[1, 6], [2, 2]]);
    shop.advance(DAY);
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.sales.moveWindow('2026-11-23'));
    expect(await volume()).toEqual([[1, 1], [2, 2]]);
    shop.advance(40 * DAY);
    await order({ lines: [[2, 1, '10.00']] });
    expect(await volume()).toEqual([[2, 1]]);
    expect(await facts()).toHaveLength(4);
  });

  it('told long after they were made count on their day, outside the window', async () => {
    await shop.stock(1);
    await order({ at: new Date(shop.now().getTime() - 60 * DAY) });
    expect(await facts()).toEqual([[1, '2026-09-23', 1, 1_000]]);
    expect(await volume()).toEqual([]);
  });

  it('keep the volume equal to the sum of the facts in the window, whatever comes when', async () => {
    await shop.stock(4);
    let seed = 11;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let i = 0; i < 60; i++) {
      if (random(4) === 0) shop.advance(random(9) * DAY);
      await order({ at: new Date(shop.now().getTime() - random(45) * DAY), lines: [[1 + random(4), 1 + random(3), '10.00'], [1 + random(4), 1, '10.00']] });
    }
    const sums = (await shop.sql<{ ref: bigint; units: bigint }>(
      `select v.ref, sum(s.units)::bigint as units from variant_sales s join variants v on v.ref = s.variant_ref, sales_window w where s.day between w.first_day and w.last_day group by 1 order by 1`))
      .map(({ ref, units }) => [Number(ref), Number(units)]);
    expect(await volume()).toEqual(sums);
  });
});
