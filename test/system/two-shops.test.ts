import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ROUTES, pathParameters } from '../../schemas/routes.ts';
import type { Route } from '../../schemas/routes.ts';
import { send, until } from './client.ts';
import type { Answer, Api, Json } from './client.ts';
import { wrong } from './contract-api.ts';
import { inTenant } from './database.ts';
import { percentOff, plan, run } from './journey.ts';
import { makeShop } from './shops.ts';
import type { TestShop } from './shops.ts';

const RULE = { selector: { all: [] }, transform: {} };
/** Bodies that are right, so that nothing but the id can be what is refused. */
const BODIES: Record<string, unknown> = {
  updateRule: { name: 'x', rule: RULE }, approvePriceChange: { planHash: 'a'.repeat(64) }, resolvePriceChangeItem: { choice: 'keep_live' },
  commentPriceChange: { comment: 'Hello' }, dryRunSavedRule: { at: new Date().toISOString() }, endCampaign: { reason: 'Hello' },
  schedulePriceChange: { startAt: '2026-12-01T00:00:00', timeZone: 'UTC' },
};
const WITH_ID = ROUTES.filter((route) => pathParameters(route).some((name) => name !== 'name'));

/** What one shop has, one of each kind that a path can name. */
async function belongings(shop: TestShop): Promise<Record<NonNullable<Route['owner']> | 'item' | 'price_list', string>> {
  const variant = (await shop.api.get('/variants?limit=1')).data[0];
  const rule = await shop.api.post('/rules', { name: 'mine', rule: RULE });
  const change = await run(shop.api, 'mine', percentOff(10));
  const item = (await shop.api.get(`/price-changes/${change.id}/items?limit=1`)).data[0];
  const token = await shop.api.post('/tokens', { name: 'mine', scopes: ['catalog:read'] });
  const [dead] = await inTenant(shop.domain, [`UPDATE outbox SET state = 'dead', error = 'made for a test' WHERE id = (SELECT id FROM outbox WHERE state = 'done' ORDER BY event_seq LIMIT 1) RETURNING id`]);
  await send('POST', `${inject('app').simulatorUrl}/_sim/shops/${shop.domain}/price-lists`, { body: { name: 'Japan', currencyCode: 'JPY', country: 'JP', exchangeRate: '150' } });
  await shop.api.post('/price-lists/sync');
  const { data: [list] } = await until('the price list is read', () => shop.api.get('/price-lists'), ({ data }) => data[0]?.pricesReadAt != null);
  return {
    product: variant.productId, variant: variant.id, price_list: list.id, rule: rule.id, price_change: change.id, item: item.id, token: token.id, outbox: String(dead!['id']),
  };
}

const comparable = ({ status, body }: Answer): Json => ({ status, ...body, instance: '', requestId: '' });

describe('two shops', () => {
  let ours: TestShop;
  let theirs: TestShop;
  let their: Awaited<ReturnType<typeof belongings>>;
  let our: Awaited<ReturnType<typeof belongings>>;

  beforeAll(async () => {
    [ours, theirs] = await Promise.all(['ours', 'theirs'].map((name) => makeShop(name, { generate: { products: 3, variantsPerProduct: 2 } }))) as [TestShop, TestShop];
    [our, their] = await Promise.all([belongings(ours!), belongings(theirs!)]) as [typeof our, typeof their];
  });

  const call = (api: Api, route: Route, ids: { id: string; within: string }): Promise<Answer> =>
    api.call(route.method, route.path.replace(/:(itemId|otherId)/, ids.within).replace(':id', ids.id), BODIES[route.id]);

  it('are asked about by every route that takes an id', () => {
    expect(WITH_ID.length).toBeGreaterThan(20);
    for (const route of WITH_ID) {
      expect(route.owner, route.id).toBeDefined();
      expect(pathParameters(route).filter((name) => !['id', 'itemId', 'otherId'].includes(name)), route.id).toEqual([]);
      if (route.request) expect(wrong(route.request.schema, BODIES[route.id] ?? {}), route.id).toEqual([]);
    }
  });

  for (const route of WITH_ID) {
    it(`${route.method} ${route.path} answers another shop's id as one that nobody has`, async () => {
      const second = pathParameters(route)[1];
      const theirSecond = second === 'otherId' ? their.price_change : their.item;
      const foreign = await call(ours.api, route, { id: their[route.owner!], within: theirSecond });
      const nobody = await call(ours.api, route, { id: randomUUID(), within: randomUUID() });
      expect(foreign.status, foreign.text).toBe(404);
      expect(foreign.headers.get('content-type')).toContain('application/problem+json');
      expect(comparable(foreign)).toEqual(comparable(nobody));
      expect(foreign.text.replace(JSON.stringify(foreign.body.instance), '')).not.toContain(their[route.owner!]);
      if (second === undefined) return;
      const foreignWithin = await call(ours.api, route, { id: our.price_change, within: theirSecond });
      const noneWithin = await call(ours.api, route, { id: our.price_change, within: randomUUID() });
      expect(foreignWithin.status).toBe(404);
      expect(comparable(foreignWithin)).toEqual(comparable(noneWithin));
    });
  }

  it('left everything of the other as it was', async () => {
    expect((await theirs.api.get(`/price-changes/${their.price_change}`)).state).toBe('applied');
    expect((await theirs.api.get(`/rules/${their.rule}`)).version).toBe(1);
    expect((await theirs.api.get('/tokens')).data.find((token: Json) => token.id === their.token).revokedAt).toBeNull();
    expect((await theirs.api.get('/outbox')).data.map((message: Json) => message.id)).toContain(their.outbox);
  });

  it('never show the other\'s things in a list, an export or a report', async () => {
    const ids = (which: typeof our): string[] => Object.values(which);
    const lists = ROUTES.filter((route) => route.method === 'GET' && !route.path.includes(':') && route.response.contentType !== 'text/event-stream');
    for (const route of lists) {
      const { status, text } = await ours.api.call('GET', route.path);
      expect(status, route.path).toBe(200);
      for (const id of [...ids(their), theirs.domain]) expect(text, `${route.path} shows ${id}`).not.toContain(id);
    }
    const seen = (await Promise.all(lists.map(async (route) => (await ours.api.call('GET', route.path)).text))).join();
    for (const id of [our.product, our.variant, our.rule, our.price_change, our.token, our.outbox, our.price_list]) expect(seen).toContain(id);
  });

  it('stop their own writes and end their own campaigns alone', async () => {
    const campaign = await run(theirs.api, 'theirs', { ...percentOff(10), schedule: { startAt: '2026-01-01T00:00:00', endAt: '2099-01-01T00:00:00', timeZone: 'UTC' } });
    expect(campaign.state).toBe('applied');
    await ours.api.post('/writes/stop');
    expect((await theirs.api.get('/writes')).state).toBe('allowed');
    await ours.api.post('/writes/resume');
    expect(await ours.api.post('/campaigns/end')).toEqual({ ended: [], waiting: [] });
    expect((await theirs.api.get(`/price-changes/${campaign.id}`)).state).toBe('applied');
    expect((await theirs.api.post('/campaigns/end')).ended).toEqual([campaign.id]);
  });

  it('cannot name the other\'s price list, in a filter or as a target', async () => {
    const prices = (priceListId: string) => ours.api.call('GET', `/variants/${our.variant}/prices?priceListId=${priceListId}`);
    const draft = (priceListId: string) => ours.api.call('POST', '/price-changes', { name: 'x', rule: RULE, target: { priceListId } });
    for (const ask of [prices, draft]) {
      const foreign = await ask(their.price_list);
      expect(foreign.status, foreign.text).toBe(422);
      expect(comparable(foreign)).toEqual(comparable(await ask(randomUUID())));
    }
    expect((await prices(our.price_list)).body.price.price.currencyCode).toBe('JPY');
  });

  it('find nothing of the other by a filter that names it', async () => {
    for (const path of [`/variants?productId=${their.product}`, `/audit?entityId=${their.price_change}`]) expect((await ours.api.get(path)).data, path).toEqual([]);
    expect((await theirs.api.get(`/variants?productId=${their.product}`)).data).toHaveLength(2);
    const cursor = (await theirs.api.get('/variants?limit=1')).nextCursor;
    const foreign = await ours.api.get(`/variants?limit=200&cursor=${cursor}`);
    for (const variant of foreign.data) expect((await theirs.api.all('/variants')).map((other) => other.id)).not.toContain(variant.id);
  });

  it('cannot make a price change by the other\'s rule, nor roll back by the other\'s rows', async () => {
    const foreign = await ours.api.call('POST', '/price-changes', { name: 'x', ruleId: their.rule });
    const nobody = await ours.api.call('POST', '/price-changes', { name: 'x', ruleId: randomUUID() });
    expect(foreign.status).toBe(404);
    expect(comparable(foreign)).toEqual(comparable(nobody));
    const rows = await ours.api.call('POST', `/price-changes/${our.price_change}/rollback`, { itemIds: [their.item] });
    expect(rows.status).toBe(422);
  });

  it('may use the same Idempotency-Key for different things', async () => {
    const headers = { 'Idempotency-Key': `shared-${randomUUID()}` };
    const first = await ours.api.call('POST', '/rules', { name: 'ours only', rule: RULE }, { headers });
    const second = await theirs.api.call('POST', '/rules', { name: 'theirs only', rule: RULE }, { headers });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get('idempotency-replayed')).toBeNull();
    expect(second.body.name).toBe('theirs only');
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('are not told apart by a parameter or header of the caller: the token decides', async () => {
    const own = (await ours.api.get('/catalog/status')).shopDomain;
    const { status, body } = await ours.api.call('GET', '/catalog/status', undefined, { headers: { 'x-shopify-shop-domain': theirs.domain, 'x-tenant-id': randomUUID() } });
    expect([status, body.shopDomain]).toEqual([200, own]);
    expect((await ours.api.call('GET', `/catalog/status?shop=${theirs.domain}`)).status).toBe(422);
  });

  it('keep their plans apart when the same rule is applied in both at once', async () => {
    const changes = await Promise.all([ours, theirs].map((shop) => plan(shop.api, 'together', percentOff(7))));
    expect(changes[0].planHash).not.toBe(changes[1].planHash);
    const crossed = await ours.api.call('POST', `/price-changes/${changes[0].id}/approve`, { planHash: changes[1].planHash });
    expect([crossed.status, crossed.body.code]).toEqual([409, 'stale_plan']);
  });
});
