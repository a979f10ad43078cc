import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { applyChange, startScheduled } from '../../app/flows/apply-change/control.ts';
import { scheduleChange } from '../../app/flows/approve-change/schedule-change.ts';
import { explainItem } from '../../app/flows/explain-price/explain-item.ts';
import { completeInstall } from '../../app/flows/install-shop/install-shop.ts';
import { createRule, updateRule } from '../../app/flows/manage-rules/manage-rules.ts';
import { abandonPlan, buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { createTenantDirectory } from '../../app/adapters/db/tenant-directory.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import type { CatalogSource } from '../../app/ports/catalog-source.ts';
import { useTestDatabase } from '../setup/database.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

async function draft(input: { rule: Rule } | { ruleId: string }): Promise<string> {
  const change = await createChange(shop, shop.ctx, { name: 'Change', ...input });
  if (!change.ok) throw new Error(JSON.stringify(change.error));
  return change.value.id;
}
async function preview(id: string) {
  const asked = await requestPreview(shop, shop.ctx, { id });
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  await buildPlan({ uow: shop.uow, newDigest }, shop.ctx, { id });
  return (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!;
}
const approve = (id: string, planHash: string) => approveChange({ uow: shop.uow, planMaxAgeHours: 72 }, shop.ctx, { id, planHash });
const percent = (value: string): Rule => ({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value }] } });

describe('a plan', () => {
  it('is approved by its hash alone, and a changed rule or a new preview voids it', async () => {
    await shop.stock(3);
    const rule = await createRule(shop, shop.ctx, { name: 'Sale', rule: percent('-10') });
    if (!rule.ok) throw new Error('a rule');
    const id = await draft({ ruleId: rule.value.id });
    const first = await preview(id);
    expect(await approve(id, 'x'.repeat(64))).toMatchObject({ ok: false, error: { code: 'stale_plan' } });
    await updateRule(shop, shop.ctx, { id: rule.value.id, rule: percent('-20') });
    expect(await approve(id, first.planHash!)).toMatchObject({ ok: false, error: { code: 'stale_plan' } });
    const second = await preview(id);
    expect(second.planHash).not.toBe(first.planHash);
    expect(await shop.sql(`select selector_json as selector, transform_json->'steps' as steps from price_changes`)).toEqual([{ selector: { all: [] }, steps: [{ type: 'percent', value: '-20' }] }]);
    expect((await approve(id, second.planHash!)).ok).toBe(true);
    await preview(id);
    expect(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: false });
  });

  it('that was changed behind its seal is not written', async () => {
    await shop.stock(1);
    const id = await shop.start('approved');
    await shop.sql(`update price_changes set approved_hash = repeat('0', 64), plan_hash = repeat('0', 64) where id = $1`, [id]);
    expect(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: false, error: { code: 'stale_plan' } });
  });

  it('blocks a price that is larger than can be kept, and says so', async () => {
    await shop.stock(2);
    await shop.sql('update variants set price = 5 where ref = 1');
    const id = await draft({ rule: { selector: { all: [] }, transform: { steps: [{ type: 'multiply', value: '10000000000000000' }] } } });
    const change = await preview(id);
    expect(change).toMatchObject({ state: 'previewed', summary: { selected: 2, planned: 1, blocked: 1, byReason: { price_too_large: 1 } } });
    const blocked = (await shop.items(id)).find((row) => row.outcome === 'blocked')!;
    const explained = await explainItem(shop, shop.ctx, { id, itemId: blocked.id });
    expect(explained.ok && explained.value.text).toContain('more than can be kept');
  });

  it('is not made in a currency that the shop no longer has, and the change says why', async () => {
    await shop.stock(1);
    const id = await draft({ rule: percent('-10') });
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.update({ currencyCode: 'EUR' }, shop.now()));
    expect(await preview(id)).toMatchObject({ state: 'draft', activity: null, planHash: null, failure: expect.stringContaining('EUR') as string });
  });

  it('that cannot be made is given up with a word, and can be asked for again', async () => {
    await shop.stock(1);
    const id = await draft({ rule: percent('-10') });
    await requestPreview(shop, shop.ctx, { id });
    await abandonPlan(shop, shop.ctx, { id, failure: 'Something broke.' });
    expect(await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id))).toMatchObject({ activity: null, failure: 'Something broke.' });
    expect(await preview(id)).toMatchObject({ state: 'previewed', failure: null });
  });

  it('keeps the trace of each row for explaining, and brings it over for nothing else', async () => {
    await shop.stock(1);
    const id = await shop.start('approved');
    const [row] = await shop.items(id);
    expect(row!.trace).toBeNull();
    const explained = await explainItem(shop, shop.ctx, { id, itemId: row!.id });
    expect(explained.ok && explained.value.text).toContain('10.00');
    expect(explained.ok && explained.value.trace.length).toBeGreaterThan(0);
  });
});

describe('a scheduled change', () => {
  it('that cannot start says why, keeps its place, and starts once it can', async () => {
    await shop.stock(1);
    const id = await shop.start('approved');
    await scheduleChange(shop, shop.ctx, { id, schedule: { startAt: '2026-11-22T00:00:00', timeZone: 'UTC' } });
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.update({ currencyCode: 'EUR' }, shop.now()));
    await startScheduled({ uow: shop.uow, newDigest }, shop.ctx, { id });
    expect(await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id))).toMatchObject({ state: 'scheduled', failure: expect.stringContaining('currency is now EUR') as string });
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.update({ currencyCode: 'USD' }, shop.now()));
    await startScheduled({ uow: shop.uow, newDigest }, shop.ctx, { id });
    expect(await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id))).toMatchObject({ state: 'applying', failure: null });
  });
});

describe('unfinished work', () => {
  it('includes a paused change, whose writes in doubt are still to be found out', async () => {
    await shop.stock(1);
    const id = await shop.start();
    const due = async () => (await createTenantDirectory(shop.pool as never).dueWork()).filter((work) => work.tenantId === shop.tenantId && work.kind === 'price_change').map((work) => [work.kind, work.id]);
    expect(await due()).toEqual([['price_change', id]]);
    await shop.sql(`update price_changes set state = 'paused' where id = $1`, [id]);
    expect(await due()).toEqual([['price_change', id]]);
    await shop.sql(`update price_changes set state = 'applying' where id = $1`, [id]);
  });
});

describe('an installation', () => {
  it('is told once, however often tokens are exchanged, and again after a removal', async () => {
    const source = { shopInfo: async () => ({ ok: true, requestId: null, value: { name: 'Shop', currencyCode: 'USD', timeZone: 'UTC', plan: '', scopes: [] } }) } as unknown as CatalogSource;
    const install = () => completeInstall({ uow: shop.uow, source }, shop.ctx, { shopDomain: 'shop.myshopify.com' });
    const told = async () => (await shop.events()).map((event) => event.type);
    await install();
    await install();
    expect(await told()).toEqual(['shop.installed']);
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.journal.append(shop.ctx, { type: 'shop.uninstalled', aggregateType: 'shop', aggregateId: shop.tenantId, payload: { shopDomain: 'shop.myshopify.com' }, audit: { action: 'uninstalled' } }));
    await install();
    await install();
    expect(await told()).toEqual(['shop.installed', 'shop.uninstalled', 'shop.installed']);
  });
});
