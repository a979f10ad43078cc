import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pauseChange } from '../../app/flows/apply-change/control.ts';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import type { CatalogSource } from '../../app/ports/catalog-source.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { must } from './must.ts';

const database = useTestDatabase();
const ALL = ['read_products', 'write_products', 'read_inventory'];
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
  await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.update({ scopes: ALL }, shop.now()));
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

const receive = (topic: string, payload: unknown, triggeredAt: Date = shop.now()): Promise<unknown> =>
  receiveWebhook(shop, shop.ctx, { webhookId: randomUUID(), eventId: randomUUID(), topic, apiVersion: '2026-07', triggeredAt, payload });
const work = (): Promise<void> => processWebhooks({ uow: shop.uow, queue: shop.queue, source: {} as CatalogSource }, shop.ctx, new AbortController().signal);
const changeOf = async (id: string) => (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!;
const scopes = async (current: readonly string[], triggeredAt?: Date): Promise<void> => {
  await receive('app/scopes_update', { current }, triggeredAt);
  await work();
  shop.advance(1_000);
};

describe('scopes', () => {
  it('that are taken away pause what writes, with the reason, and let it go on when they are back', async () => {
    await shop.stock(3);
    const id = await shop.start();
    await scopes(['read_products']);
    expect(await changeOf(id)).toMatchObject({ state: 'paused', pauseCode: 'scope_missing', pauseReason: expect.stringContaining('write_products') });
    expect((await shop.items(id)).map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);
    await scopes(ALL);
    expect(await changeOf(id)).toMatchObject({ state: 'applying', pauseCode: null, pauseReason: null });
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('applied');
    expect(shop.channel.log).toHaveLength(3);
  });

  it('explain a refusal that came before the word of them', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onRead = () => ({ ok: false, failure: { kind: 'unauthorized', detail: 'Access denied' } });
    await shop.run(id);
    expect(await changeOf(id)).toMatchObject({ state: 'paused', pauseCode: 'token_revoked' });
    await scopes(['read_products']);
    expect(await changeOf(id)).toMatchObject({ state: 'paused', pauseCode: 'scope_missing' });
  });

  it('do not touch what a person paused, nor pause anything for one that only reads', async () => {
    await shop.stock(1);
    const id = await shop.start();
    await scopes(['read_products', 'write_products']);
    expect(await shop.state(id)).toBe('applying');
    must(await pauseChange(shop, shop.ctx, { id }));
    await scopes(['read_products']);
    await scopes(ALL);
    expect(await changeOf(id)).toMatchObject({ state: 'paused', pauseCode: 'by_person' });
  });

  it('are those of the newest word, in whatever order it comes', async () => {
    const earlier = shop.now();
    shop.advance(60_000);
    await scopes(ALL);
    await scopes(['read_products'], earlier);
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.get()))!.scopes).toEqual(ALL);
  });
});

describe('a removal', () => {
  const soon = (): Date => new Date(Date.now() + 60_000);

  it('counts before any worker has looked, and only the present installation\'s', async () => {
    await receive('app/uninstalled', { id: 1, email: 'owner@example.com' }, new Date(Date.now() - 3_600_000));
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.get()))!.state).toBe('installed');
    await receive('app/uninstalled', { id: 1, email: 'owner@example.com' }, soon());
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.get()))!.state).toBe('uninstalled');
    expect(JSON.stringify(await shop.sql('select payload from webhook_inbox'))).not.toContain('owner@');
  });

  it('ends the API tokens of its installation for good, and none that were made after it', async () => {
    const token = (name: string, now: Date) => shop.uow.run(shop.ctx.tenantId, (tx) => tx.tokens.create({ id: randomUUID(), name, tokenHash: randomBytes(32), prefix: 'cal_1234', scopes: ['admin'], createdBy: 'user:1', now }));
    const valid = async (): Promise<string[]> => (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tokens.list())).filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name).sort();
    await token('old', new Date(Date.now() - 7_200_000));
    await token('new', new Date(Date.now() - 1_800_000));
    // Late word: the app was installed again since.
    await receive('app/uninstalled', { id: 1 }, new Date(Date.now() - 3_600_000));
    expect(await valid()).toEqual(['new']);
    await receive('app/uninstalled', { id: 1 }, soon());
    await receive('app/uninstalled', { id: 1 }, soon());
    expect(await valid()).toEqual([]);
    await work();
    expect(await shop.sql(`select explain->>'because' as because from audit_log where action = 'revoked'`)).toEqual(Array.from({ length: 2 }, () => ({ because: 'the app was uninstalled' })));
    expect(await shop.sql(`select state, count(*)::int as n from webhook_inbox group by 1 order by 1`)).toEqual([{ state: 'done', n: 2 }, { state: 'ignored', n: 1 }]);
  });

  it('stops what was under way also when the app is installed again before a worker looked', async () => {
    await shop.stock(1);
    const id = await shop.start();
    await receive('app/uninstalled', { id: 1 }, soon());
    await shop.pool.query(`select app.install_shop($1, '', 'USD', 'UTC', '', '{}')`, [(await shop.sql<{ domain: string }>('select shop_domain as domain from tenants'))[0]!.domain]);
    await work();
    expect(await changeOf(id)).toMatchObject({ state: 'paused', pauseCode: 'app_uninstalled' });
    expect((await shop.sql<{ state: string }>('select state from tenants'))[0]!.state).toBe('installed');
  });

  it('stops more changes than a page of them holds', async () => {
    await shop.stock(1);
    const id = await shop.start();
    await shop.sql(`insert into price_changes select (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).* from price_changes c, generate_series(1, 250) where id = $1`, [id]);
    await shop.sql(`insert into change_projection select (jsonb_populate_record(p, jsonb_build_object('change_id', c.id))).* from change_projection p, price_changes c where p.change_id = $1 and c.id <> $1`, [id]);
    await receive('app/uninstalled', { id: 1 }, soon());
    await work();
    expect(await shop.sql(`select state, count(*)::int as n from price_changes group by 1`)).toEqual([{ state: 'paused', n: 251 }]);
  });
});
