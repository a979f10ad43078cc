import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ROUTES } from '../../schemas/routes.ts';
import { EVENT_TYPES, payloadSchemaName, payloadVersion } from '../../schemas/registry.ts';
import { buildOpenApi } from '../../schemas/tools/openapi.ts';
import { Api, send, until } from './client.ts';
import type { Answer, Json } from './client.ts';
import { ContractApi, wrong } from './contract-api.ts';
import { inTenant } from './database.ts';
import { approve, ended, percentOff, plan, preview } from './journey.ts';
import { makeShop } from './shops.ts';
import type { TestShop } from './shops.ts';

const RULE = percentOff(10);

/** Wall-clock time of UTC, so many seconds from now. */
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString().slice(0, 19);
const linesOf = (answer: Answer): number => answer.text.trim().split('\n').length - 1;

describe('what the API answers fits its schema', () => {
  let shop: TestShop;
  let api: ContractApi;
  let rule: Json;
  let change: Json;
  let skus: readonly string[];
  /** The catalog is in, and no price of it was changed yet. */
  let untouched: string;

  beforeAll(async () => {
    shop = await makeShop('contract', { generate: { products: 30, variantsPerProduct: 3 } });
    api = new ContractApi(shop.api.token);
    untouched = new Date().toISOString();
    skus = [...(await shop.truth()).keys()];
  });

  it('for the catalog', async () => {
    await api.post('/catalog/sync');
    await until('synced', () => api.get('/catalog/status'), (status) => !status.syncing);
    await api.post('/catalog/reconcile');
    await until('compared', () => api.get('/catalog/status'), (status) => !status.reconciling);
    const { data: [product] } = await api.get('/products?limit=5');
    await api.get(`/products/${product.id}`);
    const { data: [variant] } = await api.get('/variants?limit=5&sort=price&direction=desc');
    await api.get(`/variants/${variant.id}`);
    expect((await api.get(`/variants/${variant.id}/prices`)).price.price).toEqual(variant.price);
    expect((await api.get(`/variants/${variant.id}/prices?at=2020-01-01T00:00:00Z`)).price).toBeNull();
    const now = await api.call('GET', '/catalog/prices.csv');
    expect(linesOf(now)).toBe(90);
    expect(now.text.split('\n').find((line) => line.includes(variant.sku))).toContain(`,${variant.price.amount},`);
    const before = await api.call('GET', '/catalog/prices.csv?at=2020-01-01T00:00:00Z');
    expect(before.headers.get('content-disposition')).toContain('prices-2020-01-01.csv');
    expect(linesOf(before)).toBe(90);
    expect(before.text).not.toContain(`,${variant.price.amount},`);
  });

  it('for rules, their versions, and what reads a rule and changes nothing', async () => {
    rule = await api.post('/rules', { name: 'Saved', rule: RULE });
    await api.post('/rules', percentOff(5));
    await api.get('/rules');
    await api.get(`/rules/${rule.id}`);
    await api.must('PUT', `/rules/${rule.id}`, { name: 'Saved again', rule: RULE });
    const versions = (await api.get(`/rules/${rule.id}/versions`)).data;
    expect(versions.map(({ version, name }: Json) => [version, name])).toEqual([[2, 'Saved again'], [1, 'Saved']]);
    expect(versions[0].rule).toEqual((await api.get(`/rules/${rule.id}`)).rule);
    await api.post('/rules/evaluate', { rule: RULE, currencyCode: 'USD', items: [{ product: {}, variant: { price: '1.00' } }, { product: {}, variant: {} }] });
    const { findings } = await api.post('/rules/lint', { rule: { selector: { all: [] }, transform: { bounds: { floor: '9', ceiling: '5' } } }, currencyCode: 'USD' });
    expect(findings.map(({ code }: Json) => code)).toContain('limits_exclude_each_other');
    expect((await api.post('/rules/lint', { rule: RULE })).findings).toEqual([]);
    const { selector } = await api.post('/selectors/parse', { text: 'tag:summer price:>10' });
    expect((await api.post('/selectors/print', { selector })).text).toBe('tag:summer price:>10');
  });

  it('for a run of a saved rule, which is a price change that waits', async () => {
    const made = await api.post(`/rules/${rule.id}/run`);
    expect(made).toMatchObject({ ruleId: rule.id, ruleVersion: 2, activity: 'previewing' });
    const planned = await until('the run is planned', () => api.get(`/price-changes/${made.id}`), (seen) => seen.activity === null);
    expect(planned).toMatchObject({ state: 'previewed', summary: { selected: 90 } });
    await api.post(`/price-changes/${made.id}/cancel`);
    const off = await api.post('/rules', { name: 'Off', rule: RULE, enabled: false });
    expect(await api.call('POST', `/rules/${off.id}/run`)).toMatchObject({ status: 409, body: { code: 'rule_disabled' } });
  });

  it('for decisions on a price change', async () => {
    const gone = await api.post('/price-changes', { name: 'Gone', ruleId: rule.id });
    expect(await api.call('GET', `/price-changes/${gone.id}/restore.csv`)).toMatchObject({ status: 409, body: { code: 'no_plan' } });
    expect(await api.call('POST', `/price-changes/${gone.id}/delta`)).toMatchObject({ status: 409, body: { code: 'not_planned' } });
    expect(await api.call('POST', `/price-changes/${gone.id}/end`)).toMatchObject({ status: 409, body: { code: 'not_a_campaign' } });
    await api.post(`/price-changes/${gone.id}/cancel`);
    const refused = await plan(api, 'Refused', RULE);
    await api.post(`/price-changes/${refused.id}/comments`, { comment: 'too cheap' });
    await api.post(`/price-changes/${refused.id}/reject`, { comment: 'no' });
    await api.get(`/price-changes/${refused.id}/decisions`);
    const later = await plan(api, 'Later', RULE);
    await approve(api, later);
    await api.post(`/price-changes/${later.id}/schedule`, { startAt: '2099-01-01T00:00:00', timeZone: 'Europe/Berlin' });
    await api.post(`/price-changes/${later.id}/cancel`, { comment: 'after all' });
  });

  it('for an apply with a conflict, its way back, and its stale row planned anew', async () => {
    change = await preview(api, (await api.post('/price-changes', { name: 'Main', ruleId: rule.id })).id);
    await approve(api, change);
    const row = (await api.get(`/price-changes/${change.id}/items?limit=1&outcome=planned`)).data[0];
    const ref = (await shop.truth()).get(row.sku)!.id;
    await shop.edit(ref, { price: '987.65' });
    await shop.fault({ kind: 'slow_body', operation: 'VariantPricesUpdate', probability: 1, delayMs: 150 });
    const watched = api.call('GET', `/price-changes/${change.id}/events`);
    await api.post(`/price-changes/${change.id}/apply`);
    await api.post(`/price-changes/${change.id}/pause`);
    await shop.clearFaults();
    await api.post(`/price-changes/${change.id}/resume`);
    change = await ended(api, change.id);
    expect(change.state).toBe('partially_applied');
    await watched;
    expect((await api.get(`/price-changes/${change.id}/items?state=conflict`)).data.map(({ id }: Json) => id)).toEqual([row.id]);
    await api.get(`/price-changes/${change.id}/items/${row.id}/explain`);
    expect(linesOf(await api.call('GET', `/price-changes/${change.id}/items.csv`))).toBe(90);
    expect(linesOf(await api.call('GET', `/price-changes/${change.id}/restore.csv`))).toBe(change.summary.planned);
    const delta = await api.post(`/price-changes/${change.id}/delta`);
    expect(delta).toMatchObject({ kind: 'delta', parentId: change.id, state: 'previewed', summary: { selected: 1 } });
    expect((await api.get(`/price-changes/${delta.id}/items`)).data).toMatchObject([{ variantId: row.variantId, before: { price: { amount: '987.65' } } }]);
    await api.post(`/price-changes/${delta.id}/cancel`);
    await api.post(`/price-changes/${change.id}/items/${row.id}/resolve`, { choice: 'new_baseline' });
    expect(await api.call('POST', `/price-changes/${change.id}/delta`)).toMatchObject({ status: 409, body: { code: 'nothing_stale' } });
    await api.post(`/price-changes/${change.id}/rollback`);
    await api.get('/price-changes?state=partially_applied');
    await api.post('/writes/stop', { reason: 'to look' });
    await api.get('/writes');
    await api.get(`/price-changes/${change.id}`);
    await api.post('/writes/resume');
  });

  it('for a dry run, which takes the prices of its time and not those of today', async () => {
    const tried = await api.post('/rules/dry-run', { rule: RULE, at: untouched, limit: 5 });
    expect(tried).toMatchObject({ at: untouched, variantsWithoutPrice: 0, summary: { selected: 90 } });
    expect(tried.rows).toHaveLength(5);
    for (const { variantId, before } of tried.rows) {
      const history = await api.get(`/variants/${variantId}/prices?at=${untouched}`);
      expect(before).toEqual({ price: history.price.price, compareAtPrice: history.price.compareAtPrice });
      expect(before.price).not.toEqual((await api.get(`/variants/${variantId}`)).price);
    }
    expect(await api.post(`/rules/${rule.id}/dry-run`, { at: untouched, limit: 5 })).toEqual(tried);
    for (const [at, code] of [['2020-01-01T00:00:00Z', 'before_first_price'], ['2999-01-01T00:00:00Z', 'at_in_future']]) {
      for (const path of ['/rules/dry-run', `/rules/${rule.id}/dry-run`]) expect(await api.call('POST', path, path.includes(rule.id) ? { at } : { rule: RULE, at })).toMatchObject({ status: 422, body: { code, errors: [{ pointer: '/at', code }] } });
    }
  });

  it('for a market', async () => {
    const made = await send('POST', `${inject('app').simulatorUrl}/_sim/shops/${shop.domain}/price-lists`, { body: { name: 'Japan', currencyCode: 'JPY', country: 'JP', exchangeRate: '150' } });
    expect(made.status, made.text).toBe(200);
    const { requestedAt } = await api.post('/price-lists/sync');
    const { data: [list] } = await until('the price lists are read', () => api.get('/price-lists'), ({ data }) => data[0]?.pricesReadAt > requestedAt);
    const { data: [variant] } = await api.get('/variants?limit=1');
    const { data: [shown] } = await api.get(`/variants/${variant.id}/contextual-prices`);
    expect(shown).toMatchObject({ priceListId: list.id, price: { currencyCode: 'JPY' }, origin: 'relative' });
    expect((await api.get(`/variants/${variant.id}/prices?priceListId=${list.id}`)).price.price).toEqual(shown.price);
    const market = await preview(api, (await api.post('/price-changes', { name: 'Japan', rule: RULE, target: { priceListId: list.id } })).id);
    expect(market).toMatchObject({ currencyCode: 'JPY', target: { priceListId: list.id }, summary: { selected: 90 } });
    const { data: [row] } = await api.get(`/price-changes/${market.id}/items?limit=1&outcome=planned`);
    await api.get(`/price-changes/${market.id}/items/${row.id}/explain`);
    expect(linesOf(await api.call('GET', `/price-changes/${market.id}/items.csv`))).toBe(90);
    expect(await api.call('GET', `/price-changes/${market.id}/restore.csv`)).toMatchObject({ status: 409, body: { code: 'market_prices' } });
    expect(await api.call('POST', `/price-changes/${market.id}/delta`)).toMatchObject({ status: 409, body: { code: 'price_list_change' } });
    const own = await plan(api, 'No market', RULE);
    for (const [one, other] of [[own, market], [market, own]]) {
      expect((await api.get(`/price-changes/${one.id}/overlaps`)).data.map((overlap: Json) => overlap.change.id)).not.toContain(other.id);
      expect((await api.get(`/price-changes/${one.id}/overlaps/${other.id}`)).data).toEqual([]);
    }
    for (const { id } of [own, market]) await api.post(`/price-changes/${id}/cancel`);
  });

  it('for campaigns that overlap, ended one by one and all at once', async () => {
    const chosen = skus.slice(-4);
    const start = async (percent: number, priority: number): Promise<Json> => {
      const planned = await plan(api, `${percent} off`, {
        ...percentOff(percent, { any: chosen.map((value) => ({ field: 'variant.sku', op: 'eq', value })) }), priority,
        schedule: { startAt: inSeconds(-60), endAt: inSeconds(3_600), timeZone: 'Etc/UTC' },
      });
      expect(planned.summary.planned).toBe(4);
      await approve(api, planned);
      return ended(api, planned.id);
    };
    const regular = await shop.truth();
    const upper = await start(20, 1);
    const lower = await start(50, 0);
    expect([upper.state, lower.state]).toEqual(['applied', 'applied']);
    expect((await api.get(`/price-changes/${lower.id}/overlaps`)).data).toMatchObject([{ change: { id: upper.id }, variants: 4, wins: 'other', reason: 'priority' }]);
    expect((await api.get(`/price-changes/${upper.id}/overlaps`)).data).toMatchObject([{ change: { id: lower.id }, variants: 4, wins: 'this', reason: 'priority' }]);
    const rows = await api.all(`/price-changes/${lower.id}/overlaps/${upper.id}`, 3);
    expect(rows.map(({ sku }) => sku).sort()).toEqual([...chosen].sort());
    const shown = await shop.truth();
    for (const row of rows) {
      expect(row).toMatchObject({ wins: 'other', reason: 'priority', other: { price: { amount: shown.get(row.sku)!.price } } });
      expect(Number(row.this.price.amount)).toBeLessThan(Number(row.other.price.amount));
    }
    const isOver = (id: string) => until('the campaign has ended', () => api.get(`/price-changes/${id}`), ({ state }) => state === 'ended');
    await api.post(`/price-changes/${upper.id}/end`, { reason: 'sold out' });
    await isOver(upper.id);
    const beneath = await shop.truth();
    for (const row of rows) expect(beneath.get(row.sku)!.price).toBe(row.this.price.amount);
    expect(await api.post('/campaigns/end', { reason: 'all of them' })).toEqual({ ended: [lower.id], waiting: [] });
    await isOver(lower.id);
    expect(await api.post('/campaigns/end')).toEqual({ ended: [], waiting: [] });
    const after = await shop.truth();
    for (const { sku } of rows) expect(after.get(sku)).toEqual(regular.get(sku));
  });

  it('for policies, audit, events, connectors and tokens', async () => {
    await api.must('DELETE', `/rules/${rule.id}`);
    const policies = await api.get('/policies');
    await api.must('PUT', '/policies', {
      version: policies.version, approvals: { approvers: 2, planMaxAgeHours: 12, automatic: { maxRows: 2, maxChangePercent: '5' } },
      guardrails: { minMarginPercent: { value: '5', action: 'warn' }, frozen: { selector: { any: [] } }, quietHours: { timeZone: 'Europe/Berlin', windows: [{ from: '03:00', to: '03:01' }] } },
    });
    await api.get('/audit?limit=200');
    await api.call('GET', '/audit/report.csv');
    await api.get('/events?limit=200');
    await api.post('/events/replay', { projection: 'change_projection' });
    for (const action of ['retry', 'discard']) {
      const [dead] = await inTenant(shop.domain, [`UPDATE outbox SET state = 'dead', error = 'made for a test' WHERE id = (SELECT id FROM outbox WHERE state = 'done' ORDER BY event_seq LIMIT 1) RETURNING id`]);
      expect((await api.get('/outbox?state=dead')).data.map((message: Json) => message.id)).toEqual([dead!['id']]);
      await api.post(`/outbox/${String(dead!['id'])}/${action}`);
      await until('the dead letter is settled', () => api.get('/outbox'), (list) => list.data.length === 0);
    }
    for (const action of ['retry', 'discard']) {
      const [dead] = await inTenant(shop.domain, [`UPDATE outbox SET state = 'dead', error = 'made for a test' WHERE id = (SELECT id FROM outbox WHERE state = 'done' ORDER BY event_seq LIMIT 1) RETURNING id`]);
      const id = String(dead!['id']);
      expect((await api.get(`/outbox/${id}`)).message).toMatchObject({ id, state: 'dead', error: 'made for a test' });
      expect((await api.get('/bus')).dead).toBe(1);
      expect(await api.post(`/outbox/${action}`, { ids: [id], reason: 'made for a test' })).toEqual({ settled: [id], notDead: [], remaining: 0 });
      await until('the dead letter is settled', () => api.get('/outbox'), (list) => list.data.length === 0);
    }
    const { data: [connector] } = await api.get('/connectors');
    await api.post(`/connectors/${connector.name}/check`);
    await api.get(`/connectors/${connector.name}/health`);
    const token = await api.post('/tokens', { name: 'contract', scopes: ['catalog:read'] });
    await api.get('/tokens');
    await api.must('DELETE', `/tokens/${token.id}`);
  });

  it('for every call there is', () => {
    expect(ROUTES.map((route) => route.id).filter((id) => !api.seen.has(id))).toEqual([]);
  });

  it('tells of every event in its envelope, its payload by the schema of its type', async () => {
    const events = await shop.api.all('/events', 50);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    const types = new Set<string>();
    for (const event of events) {
      expect(wrong('event-envelope', event), event.type).toEqual([]);
      expect(EVENT_TYPES).toContain(event.type);
      expect(wrong(payloadSchemaName(event.type)!, event.payload), event.type).toEqual([]);
      expect(event.schemaVersion).toBe(payloadVersion(event.type));
      types.add(event.type);
    }
    for (const type of ['shop.installed', 'catalog.sync_started', 'catalog.synced', 'rule.created', 'rule.updated', 'rule.deleted', 'price_change.created', 'price_change.preview_requested', 'price_change.previewed', 'price_change.approved', 'price_change.rejected', 'price_change.scheduled', 'price_change.cancelled', 'price_change.started', 'price_change.end_started', 'price_change.paused', 'price_change.resumed', 'price_change.completed', 'price.applied', 'price.conflict', 'price.conflict_resolved', 'price_lists.sync_requested', 'policy.updated', 'token.created', 'token.revoked', 'shop.writes_stopped', 'shop.writes_resumed']) expect(types).toContain(type);
    expect((await shop.api.all('/events?type=price_change.approved')).every((event) => event.type === 'price_change.approved')).toBe(true);
    expect((await shop.api.get(`/events?after=${events.length - 2}`)).data.map((event: Json) => event.seq)).toEqual([events.length - 1, events.length]);
  });

  it('carries no secret: connectors, tokens and audit name no key', async () => {
    for (const path of ['/connectors', '/tokens', '/audit?limit=200', '/events?limit=200']) {
      const { text } = await shop.api.call('GET', path);
      expect(text, path).not.toMatch(/shp(at|rt|ua|ss)_|cal_[A-Za-z0-9_-]{20}/);
    }
  });

  it('is what the OpenAPI document says', async () => {
    const { status, body } = await send('GET', `${inject('app').apiUrl}/openapi.json`);
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(buildOpenApi())));
    expect(body.openapi).toBe('3.1.0');
    const calls = Object.entries<Json>(body.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(calls.sort()).toEqual(ROUTES.map((route) => `${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`).sort());
    const refs = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map((match) => match[1]!);
    for (const ref of new Set(refs)) expect(ref.split('/').reduce((node: Json, part) => node?.[part.replaceAll('~1', '/')], body.components), ref).toBeDefined();
  });
});

describe('lists', () => {
  let api: ContractApi;
  const of: Record<string, string> = {};
  beforeAll(async () => {
    const shop = await makeShop('lists', { generate: { products: 25, variantsPerProduct: 3 } });
    api = new ContractApi(shop.api.token);
    for (let i = 0; i < 7; i += 1) await api.post('/rules', { name: `Rule ${i}`, rule: RULE });
    const changes: Json[] = [];
    for (let i = 0; i < 7; i += 1) changes.push(await plan(api, `Change ${i}`, RULE));
    const rule = await api.post('/rules', { name: 'Version 1', rule: RULE });
    for (let i = 2; i <= 7; i += 1) await api.must('PUT', `/rules/${rule.id}`, { name: `Version ${i}`, rule: RULE });
    of['/rules/:id/versions'] = `/rules/${rule.id}/versions`;
    of['/price-changes/:id/items'] = `/price-changes/${changes[0].id}/items`;
    of['/price-changes/:id/overlaps/:otherId'] = `/price-changes/${changes[0].id}/overlaps/${changes[1].id}`;
  });
  const paged = ROUTES.filter((route) => route.query?.some((parameter) => parameter.name === 'cursor'));
  const nameOf = (row: Json): unknown => row.id ?? row.seq ?? row.variantId ?? row.version;

  for (const route of paged) {
    it(`GET ${route.path} takes a limit of 1 to 200 and shows each row once, whatever the page`, async () => {
      const path = route.path.includes(':') ? of[route.path]! : route.path;
      for (const limit of ['0', '201', '-1', '1.5', 'ten', '', '1e2', '99999999999999999999']) expect((await api.call('GET', `${path}?limit=${limit}`)).status, limit).toBe(422);
      if (route.path.includes(':')) expect((await api.call('GET', route.path.replaceAll(/:\w+/g, () => randomUUID()))).status).toBe(404);
      const whole = (await api.get(`${path}?limit=200`)).data;
      if (route.path.includes(':')) expect(whole.length, path).toBeGreaterThanOrEqual(7);
      for (const limit of [1, 3, 200]) {
        const rows = (await api.all(path, limit)).slice(0, whole.length);
        expect(rows.map(nameOf), `limit ${limit}`).toEqual(whole.map(nameOf));
        if (whole.length > 30 && limit === 1) break;
      }
      expect(new Set(whole.map(nameOf)).size).toBe(whole.length);
    });
  }

  it('sort by every column both ways, each row once even where values are equal', async () => {
    const ids = (await api.all('/variants')).map((row) => row.id).sort();
    expect(ids).toHaveLength(75);
    for (const sort of ['title', 'price', 'sku', 'updatedAt', 'inventory']) {
      for (const direction of ['asc', 'desc']) {
        const rows = await api.all(`/variants?sort=${sort}&direction=${direction}`, 20);
        expect(rows.map((row) => row.id).sort(), `${sort} ${direction}`).toEqual(ids);
        if (sort === 'price') {
          const prices = rows.map((row) => Number(row.price.amount));
          expect(prices).toEqual([...prices].sort((a, b) => (direction === 'asc' ? a - b : b - a)));
        }
      }
    }
  });

  it('refuse a parameter that does not exist, or a value it cannot have, and say which', async () => {
    for (const route of ROUTES.filter(({ method }) => method === 'GET')) {
      const { status, body } = await api.call('GET', `${route.path.replaceAll(/:\w+/g, () => randomUUID())}?nonsense=1`);
      expect([status, body.errors[0]], route.path).toEqual([422, { pointer: '/query/nonsense', code: 'unknown_parameter', message: expect.any(String) }]);
    }
    for (const query of ['sort=colour', 'direction=up', 'missingCost=yes', 'productId=7', 'priceMin=abc', 'priceMin=-1', 'priceMax=1,50', `query=${'x'.repeat(501)}`]) {
      expect((await api.call('GET', `/variants?${query}`)).status, query).toBe(422);
    }
    for (const query of ['from=yesterday', 'to=2026-13-01T00:00:00Z']) expect((await api.call('GET', `/audit?${query}`)).status, query).toBe(422);
    for (const path of ['/catalog/prices.csv?at=yesterday', `/variants/${randomUUID()}/prices?at=2026-13-01T00:00:00Z`, `/variants/${randomUUID()}/prices?priceListId=7`, '/outbox?state=alive', '/events?after=-1']) {
      expect((await api.call('GET', path)).status, path).toBe(422);
    }
  });

  it('filter by what the screen filters by', async () => {
    const all = await api.all('/variants');
    const prices = all.map((row) => Number(row.price.amount)).sort((a, b) => a - b);
    const middle = prices[Math.floor(prices.length / 2)]!.toFixed(2);
    expect(await api.all(`/variants?priceMin=${middle}`)).toHaveLength(prices.filter((price) => price >= Number(middle)).length);
    expect(await api.all(`/variants?priceMax=${middle}`)).toHaveLength(prices.filter((price) => price <= Number(middle)).length);
    expect(await api.all('/variants?missingCost=true')).toHaveLength(all.filter((row) => row.cost === null).length);
    expect(await api.all('/variants?onSale=true')).toHaveLength(all.filter((row) => row.compareAtPrice !== null && Number(row.compareAtPrice.amount) > Number(row.price.amount)).length);
    expect(await api.all(`/variants?query=${encodeURIComponent(all[0].sku)}`)).toContainEqual(all[0]);
    expect(await api.all(`/variants?productId=${all[0].productId}`)).toHaveLength(3);
    expect(await api.all('/variants?query=' + encodeURIComponent("%' OR 1=1 --"))).toEqual([]);
  });
});

describe('a call that is wrong', () => {
  let api: ContractApi;
  let token: string;
  beforeAll(async () => {
    const shop = await makeShop('wrong', { generate: { products: 2, variantsPerProduct: 1 } });
    token = shop.api.token!;
    api = new ContractApi(token);
  });

  it('is 400 where the body is no JSON, in every call that takes one', async () => {
    for (const route of ROUTES.filter(({ method }) => method === 'POST' || method === 'PUT')) {
      const path = route.path.replace(':name', 'shopify').replaceAll(/:\w+/g, () => randomUUID());
      for (const raw of ['{', '{"a":1,}', 'a=1']) expect((await api.call(route.method, path, undefined, { raw })).status, `${route.id} ${raw}`).toBe(400);
    }
    expect((await api.call('POST', '/rules', undefined, { raw: new Uint8Array([0x7b, 0xff, 0x7d]) })).body.code).toBe('malformed_body');
  });

  it('is 422 where the body has the wrong shape, with a pointer to the place', async () => {
    const cases: [string, unknown, string][] = [
      ['/rules', { name: 'x', rule: { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: 5 }] } } }, '/transform/steps/0/value'],
      ['/rules', { name: 'x', rule: { selector: { field: 'variant.colour', op: 'eq', value: 'x' }, transform: {} } }, '/selector/field'],
      ['/price-changes', { name: 'x', rule: { selector: { all: [{ field: 'variant.sku', op: 'gt', value: '1' }] }, transform: {} } }, '/rule/selector/all/0/op'],
      ['/price-changes', { rule: RULE }, '/name'],
      ['/price-changes', { name: 'x', rule: RULE, colour: 1 }, '/colour'],
      ['/tokens', { name: '', scopes: ['admin'] }, '/name'],
      ['/tokens', { name: 'x', scopes: ['nothing'] }, '/scopes/0'],
      ['/events/replay', { projection: 7 }, '/projection'],
      ['/events/replay', { projection: 'nonsense' }, '/projection'],
      ['/rules/evaluate', { rule: RULE, currencyCode: 'US', items: [] }, '/currencyCode'],
      ['/rules/dry-run', { rule: RULE }, '/at'],
      ['/rules/dry-run', { rule: RULE, at: 'yesterday' }, '/at'],
      ['/rules/dry-run', { rule: RULE, at: '2026-11-01T00:00:00Z', limit: 51 }, '/limit'],
      [`/rules/${randomUUID()}/dry-run`, {}, '/at'],
      ['/rules/lint', { rule: RULE, currencyCode: 'usd' }, '/currencyCode'],
      ['/rules/lint', {}, '/rule'],
      ['/selectors/parse', { text: 7 }, '/text'],
      ['/selectors/parse', { text: '', colour: 1 }, '/colour'],
      ['/selectors/print', { selector: { all: [{ field: 'variant.colour', op: 'eq', value: 'x' }] } }, '/selector/all/0/field'],
      ['/price-changes', { name: 'x', rule: RULE, target: { priceListId: 7 } }, '/target/priceListId'],
      ['/campaigns/end', { reason: 7 }, '/reason'],
      [`/price-changes/${randomUUID()}/end`, { reason: 'x'.repeat(501) }, '/reason'],
      ['/writes/stop', { reason: 7 }, '/reason'],
    ];
    for (const [path, body, pointer] of cases) {
      const answer = await api.call('POST', path, body);
      expect(answer.status, `${path} ${answer.text}`).toBe(422);
      expect(answer.body.errors.map((error: Json) => error.pointer), `${path} ${JSON.stringify(body)}`).toContain(pointer);
    }
    for (const raw of ['null', '[]', '7', '"x"']) for (const path of ['/rules', '/tokens', '/price-changes', '/rules/evaluate', '/rules/dry-run', '/rules/lint', '/selectors/parse', '/selectors/print', '/campaigns/end']) expect((await api.call('POST', path, undefined, { raw })).status, `${path} ${raw}`).toBe(422);
  });

  it('is 404 for an address that is none, 405 with Allow for a method that is none', async () => {
    for (const path of ['/', '/nothing', '/products/x/y/z', '/variants/', '/rules/not-a-uuid', `/price-changes/${randomUUID()}/explode`, `/price-changes/${randomUUID()}/overlaps/7`, '/price-lists/7', '/../healthz', '/products%2F..']) {
      const { status } = await send('GET', `${inject('app').apiUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
      if (path !== '/../healthz') expect(status, path).toBe(404);
    }
    for (const [method, path, allow] of [['DELETE', '/products', 'GET'], ['PUT', '/rules', 'GET, POST'], ['GET', '/rules/evaluate', null], ['POST', '/audit', 'GET'], ['DELETE', '/price-lists', 'GET'], ['GET', '/campaigns/end', 'POST'], ['PUT', '/catalog/prices.csv', 'GET'], ['GET', `/rules/${randomUUID()}/run`, 'POST'], ['POST', `/price-changes/${randomUUID()}/overlaps/${randomUUID()}`, 'GET'], ['PATCH', `/rules/${randomUUID()}`, 'GET, PUT, DELETE']] as const) {
      const { status, headers } = await api.call(method, path);
      if (allow === null) expect([404, 405], path).toContain(status);
      else expect([status, headers.get('allow')], `${method} ${path}`).toEqual([405, allow]);
    }
  });

  it('is 413 for a body of more than five megabytes, told or found while reading', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(5 * 1024 * 1024 + 1), rule: RULE });
    expect((await api.call('POST', '/rules', undefined, { raw: large })).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 6; i += 1) controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
        controller.close();
      },
    });
    const chunked = await fetch(`${inject('app').apiUrl}/rules`, { method: 'POST', body: stream, duplex: 'half', headers: { authorization: `Bearer ${token}` } } as RequestInit);
    expect(chunked.status).toBe(413);
    const fits = JSON.stringify({ rule: RULE, currencyCode: 'USD', items: Array.from({ length: 1000 }, () => ({ product: { title: 'x'.repeat(4_300) }, variant: { price: '1.00' } })) });
    expect(fits.length).toBeGreaterThan(4 * 1024 * 1024);
    expect((await api.call('POST', '/rules/evaluate', undefined, { raw: fits })).status).toBe(200);
  });

  it('says its request id, the caller\'s own where that is a sane one', async () => {
    const sane = `test-${randomUUID()}`;
    for (const path of ['/products', '/nothing', '/products?x=1']) {
      expect((await api.call('GET', path, undefined, { headers: { 'X-Request-Id': sane } })).headers.get('x-request-id'), path).toBe(sane);
    }
    for (const odd of ['x', 'a b c d e f g h', '<script>alert(1)</script>', 'y'.repeat(500)]) {
      expect((await api.call('GET', '/products', undefined, { headers: { 'X-Request-Id': odd } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
    const rule = await api.call('POST', '/rules', { name: 'traced', rule: RULE }, { headers: { 'X-Request-Id': sane, 'X-Correlation-Id': `c-${sane}` } });
    expect((await api.get(`/audit?entityId=${rule.body.id}`)).data[0]).toMatchObject({ requestId: sane, correlationId: `c-${sane}` });
    expect((await api.get(`/audit?correlationId=c-${sane}`)).data).toHaveLength(1);
  });
});

describe('an Idempotency-Key', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await makeShop('retries', { generate: { products: 4, variantsPerProduct: 2 } });
  });
  const rulesNamed = async (name: string) => (await shop.api.all('/rules')).filter((rule) => rule.name === name);
  const keyed = (key: string, body: unknown, path = '/rules', api = shop.api) => api.call('POST', path, body, { headers: { 'Idempotency-Key': key } });

  it('gives the first answer again for the same body, and nothing happens twice', async () => {
    const key = randomUUID();
    const first = await keyed(key, { name: 'once', rule: RULE });
    const second = await keyed(key, { name: 'once', rule: RULE });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await rulesNamed('once')).toHaveLength(1);
  });

  it('is refused for another body, another path, and where it is no key', async () => {
    const key = randomUUID();
    await keyed(key, { name: 'first', rule: RULE });
    for (const answer of [await keyed(key, { name: 'other', rule: RULE }), await keyed(key, { name: 'first', rule: RULE }, '/price-changes')]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_key_reused']);
    }
    expect((await keyed('k'.repeat(201), { name: 'x', rule: RULE })).status).toBe(422);
    expect(await rulesNamed('other')).toEqual([]);
  });

  it('lets one of many at once have its effect', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 12 }, () => keyed(key, { name: 'together', rule: RULE })));
    for (const { status, body } of answers) if (status !== 201) expect([status, body.code]).toEqual([409, 'request_running']);
    expect(await rulesNamed('together')).toHaveLength(1);
    const after = await keyed(key, { name: 'together', rule: RULE });
    expect([after.status, after.body.id]).toEqual([201, (await rulesNamed('together'))[0].id]);
  });

  it('gives an error again as well, since it was an answer', async () => {
    const key = randomUUID();
    const first = await keyed(key, { name: 'x' });
    const second = await keyed(key, { name: 'x' });
    expect([first.status, second.status]).toEqual([422, 422]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('content-type')).toContain('application/problem+json');
  });

  it('makes asking for an apply again harmless', async () => {
    const change = await plan(shop.api, 'keyed', percentOff(10));
    await approve(shop.api, change);
    const mark = await shop.lastWrite();
    const key = randomUUID();
    const asked = await Promise.all([1, 2, 3].map(() => keyed(key, undefined, `/price-changes/${change.id}/apply`)));
    expect(asked.some(({ status }) => status === 202)).toBe(true);
    expect((await ended(shop.api, change.id)).state).toBe('applied');
    expect((await keyed(key, undefined, `/price-changes/${change.id}/apply`)).status).toBe(202);
    expect(await shop.writes(mark)).toHaveLength(8);
  });

  it('is not needed: an absent body is {}', async () => {
    const draft = await shop.api.post('/price-changes', { name: 'no body', rule: RULE });
    for (const raw of [undefined, '', '  ', '{}']) expect((await shop.api.call('POST', `/price-changes/${draft.id}/preview`, undefined, raw === undefined ? {} : { raw })).status, String(raw)).toBe(202);
    expect((await shop.api.call('POST', `/price-changes/${draft.id}/cancel`)).status).not.toBe(422);
    expect((await new Api(shop.api.token).call('POST', '/rules')).status).toBe(422);
  });
});
