import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ChangeSummary } from '@calibr/types';
import { allSchemas, schemaId } from '@calibr/types/registry';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import type { CatalogSource } from '../../app/ports/catalog-source.ts';
import { useTestDatabase } from '../setup/database.ts';
import { must } from './must.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
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

describe('a plan', () => {
  const rule = (percent: string) => ({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value: percent }] } });
  const preview = async (percent = '-10') => {
    const { id } = must(await createChange(shop, shop.ctx, { name: 'Ten off', rule: rule(percent) }));
    must(await requestPreview(shop, shop.ctx, { id }));
    must(await buildPlan({ ...shop, newDigest }, shop.ctx, { id }));
    return { id, summary: (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!.summary as unknown as ChangeSummary };
  };
  const usd = (amount: string) => ({ amount, currencyCode: 'USD' });

  it('says what it does to revenue and gross profit at current volume, and for how many rows that is known', async () => {
    await shop.stock(4);
    await shop.sql('update variants set cost = 600 where ref in (1, 3)');
    await order({ lines: [[1, 3, '10.00'], [2, 1, '10.00']] });
    await order({ at: new Date(shop.now().getTime() - 40 * DAY), lines: [[4, 9, '10.00']] });
    const { id, summary } = await preview();
    expect(summary).toMatchObject({
      planned: 4, decreases: 4, units: 4, costKnownFor: 2,
      revenueAtCurrentVolume: { before: usd('40.00'), after: usd('36.00'), difference: usd('-4.00'), knownFor: 2, of: 4, days: 30 },
      grossProfitAtCurrentVolume: { before: usd('12.00'), after: usd('9.00'), difference: usd('-3.00'), knownFor: 1, of: 4, days: 30 },
      sales: { firstDay: '2026-10-24', lastDay: '2026-11-22' },
    });
    expect(summary.distribution!.bins.filter(({ rows }) => rows > 0)).toEqual([{ from: '-10', to: '-5', rows: 4 }]);
    const items = (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.items.list(id, {}, { limit: 10, cursor: null }))).data;
    expect(items.map((item) => item.id)).toEqual(summary.biggestDecreases!.map(({ itemId }) => itemId));
  });

  it('made days later is weighed by the days before it', async () => {
    await shop.stock(1);
    await order({ lines: [[1, 3, '10.00']] });
    shop.advance(29 * DAY);
    expect((await preview()).summary).toMatchObject({ units: 3, sales: { lastDay: '2026-12-21' } });
    shop.advance(DAY);
    expect((await preview()).summary).toMatchObject({ units: null, revenueAtCurrentVolume: null, sales: { firstDay: '2026-11-23', lastDay: '2026-12-22' } });
  });

  it('of a shop without orders says that nothing is known', async () => {
    await shop.stock(2);
    expect((await preview()).summary).toMatchObject({ planned: 2, units: null, revenueAtCurrentVolume: null, grossProfitAtCurrentVolume: null, costKnownFor: 0, sales: null });
  });

  it('has a summary as its schema says', async () => {
    await shop.stock(12);
    await order({ lines: [[1, 3, '10.00']] });
    const { summary } = await preview('25');
    const ajv = new Ajv2020({ strict: false });
    addFormats(ajv);
    for (const schema of allSchemas()) ajv.addSchema(schema as object);
    const validate = ajv.getSchema(schemaId('change-summary'))!;
    expect(validate(JSON.parse(JSON.stringify(summary))), JSON.stringify(validate.errors)).toBe(true);
    expect(summary.biggestIncreases).toHaveLength(10);
  });
});
