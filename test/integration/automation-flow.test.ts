import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRule, getRule, listRuleVersions, updateRule } from '../../app/flows/manage-rules/manage-rules.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { runRule } from '../../app/flows/plan-change/run-rule.ts';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { createTenantDirectory } from '../../app/adapters/db/tenant-directory.ts';
import type { Rule, RuleSchedule } from '../../app/domain/rules/rule.ts';
import { useTestDatabase } from '../setup/database.ts';
import { minute, openScheduleShop, percent } from './schedule-shop.ts';
import type { ScheduleShop } from './schedule-shop.ts';

const database = useTestDatabase();
let shop: ScheduleShop;
let webhooks = 0;
beforeEach(async () => {
  shop = await openScheduleShop(database.urls.app);
  await shop.stock(3);
  shop.setTime('2026-11-22T12:00:00Z');
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

async function saved(rule: Rule, automation?: { trigger: string }): Promise<string> {
  const result = await createRule(shop, shop.ctx, { name: 'Rule', rule, ...(automation ? { automation } : {}) });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.id;
}
const evenings: RuleSchedule = { startAt: '2026-11-22T18:00:00', endAt: '2026-11-22T20:00:00', timeZone: 'UTC', recurrence: { frequency: 'daily' } };

/** The merchant edits product 1 or another; the webhook comes and is worked through. */
async function edited(product: number, facts: { price?: string; tags?: string; updatedAt: string }): Promise<void> {
  const ref = BigInt(product);
  if (facts.price) shop.channel.prices.set(ref, { price: BigInt(facts.price.replace('.', '')), compareAt: null });
  const live = shop.channel.prices.get(ref)!;
  const id = `hook-${++webhooks}`;
  await shop.uow.run(shop.ctx.tenantId, (tx) => tx.inbox.receive({
    webhookId: id, eventId: id, topic: 'products/update', apiVersion: '2026-07', triggeredAt: shop.now(),
    payload: {
      id: product, title: `Product ${product}`, handle: `p-${product}`, vendor: 'Acme', product_type: 'Thing', status: 'active', tags: facts.tags ?? '', created_at: null, published_at: null, updated_at: facts.updatedAt,
      variants: [{ id: product, product_id: product, position: 1, title: 'V1', sku: `S-${product}`, barcode: '', price: (Number(live.price) / 100).toFixed(2), compare_at_price: null, inventory_quantity: 1, inventory_item_id: null, option1: null, updated_at: facts.updatedAt }],
      options: [],
    },
  }));
  await processWebhooks({ uow: shop.uow, source: { products: async () => ({ ok: false, failure: { kind: 'unauthorized', detail: '' } }) } as never, queue: shop.queue }, shop.ctx, new AbortController().signal);
}
const runs = async (ruleId: string) => (await shop.changes()).filter((row) => row.seriesId === ruleId);

describe('a saved rule', () => {
  it('keeps its versions, and is switched off and on', async () => {
    const id = await saved(percent('-10'));
    await updateRule(shop, shop.ctx, { id, rule: percent('-20'), enabled: false });
    const versions = await listRuleVersions(shop, shop.ctx, { id, limit: 1, cursor: null });
    expect(versions).toMatchObject({ ok: true, value: { data: [{ version: 2, rule: { transform: { steps: [{ value: '-20' }] } } }] } });
    expect(await listRuleVersions(shop, shop.ctx, { id, limit: 10, cursor: versions.ok ? versions.value.nextCursor : null })).toMatchObject({ ok: true, value: { data: [{ version: 1, createdBy: 'user:1' }], nextCursor: null } });
    expect(await runRule(shop, shop.ctx, { id })).toMatchObject({ ok: false, error: { kind: 'conflict', code: 'rule_disabled' } });
    await updateRule(shop, shop.ctx, { id, rule: percent('-20'), enabled: true });
    expect(await getRule(shop, shop.ctx, { id })).toMatchObject({ ok: true, value: { enabled: true, version: 3, automation: { trigger: 'manual', nextAt: null } } });
  });

  it('is run on demand: a price change is made and planned, in the window that runs or comes next', async () => {
    const plain = await runRule(shop, shop.ctx, { id: await saved(percent('-10')) });
    expect(plain).toMatchObject({ ok: true, value: { state: 'draft', activity: 'previewing', schedule: null } });
    const windowed = await runRule(shop, shop.ctx, { id: await saved(percent('-10', { schedule: evenings })) });
    expect(windowed).toMatchObject({ ok: true, value: { schedule: { startAt: '2026-11-22T18:00:00', endAt: '2026-11-22T20:00:00', timeZone: 'UTC' } } });
    expect(windowed.ok && windowed.value.schedule).not.toHaveProperty('recurrence');
    await shop.work();
    expect((await shop.changes()).map(({ state }) => state)).toEqual(['previewed', 'previewed']);
    const over = await saved(percent('-10', { schedule: { ...evenings, recurrence: { frequency: 'daily', until: '2026-11-22T23:00:00' } } }));
    shop.setTime('2026-11-24T00:00:00Z');
    expect(await runRule(shop, shop.ctx, { id: over })).toMatchObject({ ok: false, error: { code: 'window_over' } });
  });

  it('is refused with the place of what is wrong around it', async () => {
    const rule = percent('-10');
    const create = (input: object) => createRule(shop, shop.ctx, { rule, name: 'Named', ...input });
    for (const [input, pointer] of [[{ name: 5 }, '/name'], [{ name: ' ' }, '/name'], [{ name: 'x'.repeat(201) }, '/name'], [{ enabled: 'yes' }, '/enabled'], [{ version: '1' }, '/version']] as const) {
      expect(await create(input)).toMatchObject({ ok: false, error: { kind: 'invalid', errors: [{ pointer }] } });
    }
    const saved = await create({ enabled: null, version: null, type: 'rule' });
    const id = saved.ok ? saved.value.id : '';
    for (const [input, pointer] of [[{ name: 5 }, '/name'], [{ name: ' ' }, '/name'], [{ enabled: 1 }, '/enabled'], [{ version: 1.5 }, '/version']] as const) {
      expect(await updateRule(shop, shop.ctx, { id, rule, ...input } as never)).toMatchObject({ ok: false, error: { kind: 'invalid', errors: [{ pointer }] } });
    }
    expect(await updateRule(shop, shop.ctx, { id, rule: { ...rule, name: ' ' }, enabled: null })).toMatchObject({ ok: true, value: { name: 'Named', enabled: true } });
  });

  it('cannot run on a schedule that it does not have', async () => {
    expect(await createRule(shop, shop.ctx, { name: 'x', rule: percent('-10'), automation: { trigger: 'schedule' } })).toMatchObject({ ok: false, error: { kind: 'invalid', errors: [{ pointer: '/automation/trigger', code: 'schedule_missing' }] } });
    expect(await createRule(shop, shop.ctx, { name: 'x', rule: percent('-10'), automation: { trigger: 'sometimes' } })).toMatchObject({ ok: false, error: { errors: [{ pointer: '/automation/trigger', code: 'wrong_value' }] } });
  });
});

describe('a rule that runs on its schedule', () => {
  it('makes a change for each window an hour ahead, which runs once it is approved, and its approval goes on', async () => {
    const id = await saved(percent('-10', { schedule: evenings }), { trigger: 'schedule' });
    expect(await getRule(shop, shop.ctx, { id })).toMatchObject({ ok: true, value: { automation: { trigger: 'schedule', nextAt: '2026-11-22T17:00:00.000Z' }, nextRuns: [{ startsAt: '2026-11-22T18:00:00.000Z' }, {}, {}, {}, {}] } });
    shop.setTime('2026-11-22T16:59:00Z');
    await shop.work();
    expect(await runs(id)).toEqual([]);
    shop.setTime('2026-11-22T17:00:00Z');
    await Promise.all([shop.schedules(), shop.schedules(), shop.schedules()]);
    await shop.work();
    const [first] = await runs(id);
    expect(await shop.series(id)).toEqual(['2026-11-22T18:00 previewed']);
    await shop.approve(first!.id);
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.work();
    expect(shop.live(1)).toBe('900/-');
    shop.setTime('2026-11-22T20:00:00Z');
    await shop.work();
    expect(shop.live(1)).toBe('1000/-');
    shop.setTime('2026-11-23T18:00:00Z');
    await shop.work();
    expect([shop.live(1), await shop.series(id)]).toEqual(['900/-', ['2026-11-22T18:00 ended', '2026-11-23T18:00 applied']]);
  });

  it('waits for approval again after a new version, and stops when it is switched off', async () => {
    const id = await saved(percent('-10', { schedule: evenings }), { trigger: 'schedule' });
    shop.setTime('2026-11-22T17:00:00Z');
    await shop.work();
    await shop.approve((await runs(id))[0]!.id);
    shop.setTime('2026-11-22T20:00:00Z');
    await shop.work();
    await updateRule(shop, shop.ctx, { id, rule: percent('-11', { schedule: evenings }) });
    shop.setTime('2026-11-23T17:00:00Z');
    await shop.work();
    expect((await runs(id)).at(-1)).toMatchObject({ state: 'previewed', note: expect.stringContaining('version 1 to 2, 3 rows differ') as string });
    await updateRule(shop, shop.ctx, { id, rule: percent('-11', { schedule: evenings }), enabled: false });
    shop.setTime('2026-11-26T00:00:00Z');
    await shop.work();
    expect(await runs(id)).toHaveLength(2);
    expect(shop.channel.log.length).toBe(0);
  });

  it('is among what the tick rings for', async () => {
    await saved(percent('-10', { schedule: { ...evenings, startAt: '2020-01-01T18:00:00', endAt: '2020-01-01T20:00:00' } }), { trigger: 'schedule' });
    await shop.sql(`update discount_policies set automation_at = now() - interval '1 minute'`);
    const due = (await createTenantDirectory(shop.pool as never).dueWork()).filter((work) => work.tenantId === shop.tenantId);
    expect(due.map(({ kind, id }) => [kind, id])).toContainEqual(['schedules', null]);
  });
});

describe('a rule that runs after changes of the catalog', () => {
  const tagged: Rule = { selector: { all: [{ field: 'product.tags', op: 'contains', value: 'sale' }] }, transform: { steps: [{ type: 'percent', value: '-10' }] } };

  it('waits until the changes are over, and makes one open change that it keeps up to date', async () => {
    const id = await saved(tagged, { trigger: 'catalog' });
    await edited(1, { tags: 'sale', updatedAt: '2026-11-22T12:00:01Z' });
    await shop.work();
    expect(await runs(id)).toEqual([]);
    shop.advance(10_000);
    await edited(2, { tags: 'sale', updatedAt: '2026-11-22T12:00:11Z' });
    shop.advance(15_000);
    await shop.work();
    expect(await runs(id)).toEqual([]);
    shop.advance(5_000);
    await shop.work();
    expect((await runs(id)).map((row) => [row.state, (row.summary as { planned: number }).planned])).toEqual([['previewed', 2]]);
    await edited(3, { tags: 'sale', updatedAt: '2026-11-22T12:05:00Z' });
    shop.advance(minute);
    await shop.work();
    expect((await runs(id)).map((row) => [row.state, row.planVersion, (row.summary as { planned: number }).planned])).toEqual([['previewed', 2, 3]]);
  });

  it('is not rung by what it does not select, nor by its own writes, and never works on its own result', async () => {
    const id = await saved(tagged, { trigger: 'catalog' });
    await edited(3, { tags: 'other', updatedAt: '2026-11-22T12:00:01Z' });
    shop.advance(minute);
    await shop.work();
    expect(await runs(id)).toEqual([]);
    await edited(1, { tags: 'sale', updatedAt: '2026-11-22T12:01:01Z' });
    shop.advance(minute);
    await shop.work();
    const [first] = await runs(id);
    await shop.approve(first!.id);
    await shop.work();
    expect(shop.live(1)).toBe('900/-');
    // The webhook of our own write.
    await edited(1, { tags: 'sale', updatedAt: '2026-11-22T12:03:00Z' });
    expect(await shop.sql('select automation_at as at from discount_policies where id = $1', [id])).toEqual([{ at: null }]);
    // Something else about the product changes: its price is the rule's own already.
    await edited(1, { tags: 'sale, new', updatedAt: '2026-11-22T12:04:00Z' });
    shop.advance(minute);
    await shop.work();
    expect((await runs(id)).map(({ state }) => state)).toEqual(['applied', 'cancelled']);
    expect((await runs(id))[1]!.note).toBe('The catalog changed, but no price has to.');
    expect((await shop.items((await runs(id))[1]!.id)).map(({ reason }) => reason)).toEqual(['own_price']);
    // The merchant sets a price of their own: the rule prices that.
    await edited(1, { tags: 'sale, new', price: '20.00', updatedAt: '2026-11-22T12:08:00Z' });
    shop.advance(minute);
    await shop.work();
    expect((await runs(id)).map(({ state }) => state)).toEqual(['applied', 'cancelled', 'previewed']);
  });

  it('waits while a run of its own is being written', async () => {
    const id = await saved(tagged, { trigger: 'catalog' });
    await edited(1, { tags: 'sale', updatedAt: '2026-11-22T12:00:01Z' });
    shop.advance(minute);
    await shop.work();
    await shop.approve((await runs(id))[0]!.id);
    await shop.schedules();
    expect(await shop.state((await runs(id))[0]!.id)).toBe('applying');
    await edited(2, { tags: 'sale', updatedAt: '2026-11-22T12:02:00Z' });
    shop.advance(minute);
    await shop.schedules();
    expect(await runs(id)).toHaveLength(1);
    await shop.work();
    shop.advance(2 * minute);
    await shop.work();
    expect((await runs(id)).map(({ state }) => state)).toEqual(['applied', 'previewed']);
  });
});

describe('a plan that waits for approval', () => {
  it('says that it is stale when a price of its rows moved, and fits again when it is made again', async () => {
    const id = await shop.draft(percent('-10'));
    await shop.approve(id);
    const other = await shop.draft(percent('-20'));
    await requestPreview(shop, shop.ctx, { id: other });
    await shop.work();
    expect(await shop.check()).toBe(0);
    await edited(2, { price: '12.00', updatedAt: '2026-11-22T12:00:01Z' });
    expect(await shop.check()).toBe(2);
    expect(await shop.check()).toBe(0);
    expect(await shop.change(other)).toMatchObject({ state: 'previewed', staleReason: 'prices_moved' });
    // An approved plan keeps its approval and says so as well: its rows that moved would be conflicts.
    expect(await shop.change(id)).toMatchObject({ state: 'approved', staleReason: 'prices_moved' });
    await edited(2, { price: '10.00', updatedAt: '2026-11-22T12:00:02Z' });
    await shop.check();
    expect([(await shop.change(id)).staleReason, (await shop.change(other)).staleReason]).toEqual([null, null]);
    await edited(2, { price: '12.00', updatedAt: '2026-11-22T12:00:03Z' });
    expect(await shop.check()).toBe(2);
    await requestPreview(shop, shop.ctx, { id: other });
    await shop.work();
    expect((await shop.change(other)).staleReason).toBeNull();
  });

  it('is made again by itself where nobody made it, and says so where its rule changed', async () => {
    const id = await saved(percent('-10', { schedule: evenings }), { trigger: 'schedule' });
    const byHand = await runRule(shop, shop.ctx, { id: await saved(percent('-10')) });
    shop.setTime('2026-11-22T17:00:00Z');
    await shop.work();
    await edited(2, { price: '12.00', updatedAt: '2026-11-22T17:00:01Z' });
    await shop.check();
    await shop.work();
    expect((await runs(id))[0]).toMatchObject({ planVersion: 2, staleReason: null });
    expect(byHand.ok && (await shop.change(byHand.value.id)).staleReason).toBe('prices_moved');
    const rule = byHand.ok ? byHand.value.ruleId! : '';
    const again = await runRule(shop, shop.ctx, { id: rule });
    await shop.work();
    await updateRule(shop, shop.ctx, { id: rule, rule: percent('-15') });
    await shop.check();
    expect(again.ok && (await shop.change(again.value.id)).staleReason).toBe('rule_changed');
  });
});
