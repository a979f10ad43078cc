import { beforeAll, describe, expect, inject, it } from 'vitest';
import { send, until } from './client.ts';
import type { Json } from './client.ts';
import { apply, approve, ended, pair, percentOff, plan, preview, replay, rowsOf, run } from './journey.ts';
import { makeShop } from './shops.ts';
import type { ProductRow, TestShop, Write } from './shops.ts';

const PRODUCTS: readonly ProductRow[] = [
  { handle: 'coat', sku: 'COAT-S', option: 'S', price: '100.00', cost: '40.00', tags: 'sale, winter' },
  { handle: 'coat', sku: 'COAT-M', option: 'M', price: '110.00', cost: '41.00' },
  { handle: 'coat', sku: 'COAT-L', option: 'L', price: '120.00', compareAt: '150.00', cost: '42.00' },
  { handle: 'hat', sku: 'HAT', price: '24.00', tags: 'sale' },
  { handle: 'boots', sku: 'BOOTS', price: '50.00', compareAt: '60.00', tags: 'sale' },
  { handle: 'sock', sku: 'SOCK', price: '18.50', compareAt: '0.00', tags: 'Sale' },
  { handle: 'belt', sku: 'BELT', price: '40.00', tags: 'sale' },
  { handle: 'tie', sku: 'TIE', price: '30.00', compareAt: '35.00', tags: 'sale' },
  { handle: 'scarf', sku: 'SCARF', price: '20.00', tags: 'sale' },
  { handle: 'gift', sku: 'GIFT', price: '0.00', tags: 'sale' },
  { handle: 'mug', sku: 'MUG', price: '12.00', compareAt: '13.00', vendor: 'Potter', tags: 'kitchen' },
];
const RULE = percentOff(15, { field: 'product.tags', op: 'contains', value: 'SALE' });
const TARGETS: Record<string, [string, string | null]> = {
  'COAT-S': ['85.00', '100.00'], 'COAT-M': ['93.50', '110.00'], 'COAT-L': ['102.00', '150.00'], HAT: ['20.40', '24.00'], BOOTS: ['42.50', '60.00'],
  SOCK: ['15.73', '18.50'], BELT: ['34.00', '40.00'], TIE: ['25.50', '35.00'], SCARF: ['17.00', '20.00'],
};
const shown = ([price, compareAtPrice]: [string, string | null]) => ({ price, compareAtPrice });
const changes = (write: Write): boolean => JSON.stringify(write.before) !== JSON.stringify(write.after);

describe('a price change from rule to rollback', () => {
  let shop: TestShop;
  let before: Awaited<ReturnType<TestShop['truth']>>;
  let mark = 0;
  let change: Json;
  let rows: Map<string, Json>;
  const truthOf = async (sku: string) => {
    const { price, compareAtPrice } = (await shop.truth()).get(sku)!;
    return { price, compareAtPrice };
  };
  const variantOf = async (sku: string): Promise<Json> => (await shop.api.get(`/variants?query=${sku}`)).data[0];
  /** Waits until the catalog has heard by webhook what the shop shows. */
  const heard = (sku: string) => until(`the catalog knows ${sku}`, async () => [pair(await variantOf(sku)), await truthOf(sku)], ([known, live]) => JSON.stringify(known) === JSON.stringify(live), 20_000);

  beforeAll(async () => {
    shop = await makeShop('main-job', { products: PRODUCTS });
    before = await shop.truth();
    mark = await shop.lastWrite();
  });

  it('has the whole catalog, price and compare-at as the shop has them', async () => {
    const variants = await shop.api.all('/variants', 4);
    expect(variants).toHaveLength(PRODUCTS.length);
    for (const variant of variants) {
      const truth = before.get(variant.sku)!;
      expect(pair(variant), variant.sku).toEqual({ price: truth.price, compareAtPrice: truth.compareAtPrice });
      expect(variant.cost?.amount ?? null).toBe(truth.cost);
      expect(variant.price.currencyCode).toBe('USD');
    }
    expect(await shop.api.get('/catalog/status')).toMatchObject({ products: 9, variants: PRODUCTS.length, syncing: false, currencyCode: 'USD' });
  });

  it('plans exactly the selected rows and writes nothing while it plans', async () => {
    const saved = await shop.api.post('/rules', { name: 'Sale', rule: RULE });
    const draft = await shop.api.call('POST', '/price-changes', { name: 'Winter sale', ruleId: saved.id });
    expect([draft.status, draft.body.state, draft.body.planHash]).toEqual([201, 'draft', null]);
    change = await preview(shop.api, draft.body.id);
    expect(change.planHash).toMatch(/^[0-9a-f]{64}$/);
    expect(change.summary).toMatchObject({ selected: 10, planned: 9, unchanged: 0, blocked: 1, byReason: { zero_price: 1 }, increases: 0, decreases: 9 });
    rows = await rowsOf(shop.api, change.id);
    expect([...rows.keys()].sort()).toEqual([...Object.keys(TARGETS), 'GIFT'].sort());
    for (const [sku, target] of Object.entries(TARGETS)) {
      expect(rows.get(sku), sku).toMatchObject({ outcome: 'planned', state: 'planned', reason: null });
      expect(pair(rows.get(sku).after), sku).toEqual(shown(target));
      expect(pair(rows.get(sku).before), sku).toEqual({ price: before.get(sku)!.price, compareAtPrice: before.get(sku)!.compareAtPrice });
    }
    expect(rows.get('GIFT')).toMatchObject({ outcome: 'blocked', state: 'blocked', reason: 'zero_price', after: null });
    expect(await shop.writes(mark)).toEqual([]);
  });

  it('can be previewed again and gives the same prices', async () => {
    const again = await preview(shop.api, change.id);
    // Rows of a new plan have ids of their own; everything else that is said of them is the same.
    const said = (summary: Json): Json => JSON.parse(JSON.stringify(summary, (key, value) => (key === 'itemId' ? undefined : value)));
    expect(said(again.summary)).toEqual(said(change.summary));
    expect(again.planHash).toBe(change.planHash);
    expect(again.planVersion).toBe(change.planVersion + 1);
    change = again;
    rows = await rowsOf(shop.api, change.id);
  });

  it('cannot be applied before it is approved, nor approved by any other hash', async () => {
    const early = await shop.api.call('POST', `/price-changes/${change.id}/apply`);
    expect(early.status).toBe(409);
    for (const planHash of ['0'.repeat(64), `${change.planHash.slice(0, -1)}${change.planHash.endsWith('0') ? '1' : '0'}`]) {
      const refused = await shop.api.call('POST', `/price-changes/${change.id}/approve`, { planHash });
      expect([refused.status, refused.body.code], planHash).toEqual([409, 'stale_plan']);
    }
    expect((await shop.api.get(`/price-changes/${change.id}`)).state).toBe('previewed');
    expect(await shop.writes(mark)).toEqual([]);
  });

  it('is stale as soon as its rule has a newer version', async () => {
    const rule = await shop.api.get(`/rules/${change.ruleId}`);
    await shop.api.must('PUT', `/rules/${change.ruleId}`, { name: 'Sale', rule: rule.rule });
    const stale = await shop.api.call('POST', `/price-changes/${change.id}/approve`, { planHash: change.planHash });
    expect([stale.status, stale.body.code]).toEqual([409, 'stale_plan']);
    change = await preview(shop.api, change.id);
    rows = await rowsOf(shop.api, change.id);
  });

  it('is approved by its own hash', async () => {
    const approved = await shop.api.post(`/price-changes/${change.id}/approve`, { planHash: change.planHash, comment: 'looks right' });
    expect(approved).toMatchObject({ state: 'approved', approvedHash: change.planHash, approvalComment: 'looks right' });
    expect(approved.approvedBy).toMatch(/^token:/);
  });

  it('lets the previous prices be downloaded before it is applied', async () => {
    const csv = await shop.api.call('GET', `/price-changes/${change.id}/items.csv`);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.headers.get('content-disposition')).toContain(`${change.id}.csv`);
    const lines = csv.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + rows.size);
    const [header, ...data] = lines.map((line) => line.split(','));
    const at = (name: string): number => header!.indexOf(name);
    for (const line of data) {
      const truth = before.get(line[at('sku')]!)!;
      expect([line[at('before price')], line[at('before compare-at')]]).toEqual([truth.price, truth.compareAtPrice ?? '']);
    }
  });

  it('writes one price a row, keeps what a merchant changed meanwhile, and leaves all else alone', async () => {
    await shop.edit(before.get('HAT')!.id, { price: '25.00' });
    await shop.edit(before.get('BOOTS')!.id, { compareAtPrice: '65.00' });
    await shop.edit(before.get('SOCK')!.id, { price: '17.00', compareAtPrice: null });
    await shop.edit(before.get('BELT')!.id, { price: '34.00', compareAtPrice: '40.00' });
    mark = await shop.lastWrite();
    change = await apply(shop.api, change);
    expect(change.state).toBe('partially_applied');
    rows = await rowsOf(shop.api, change.id);
    const states = Object.fromEntries([...rows].map(([sku, row]) => [sku, row.state]));
    expect(states).toEqual({ 'COAT-S': 'applied', 'COAT-M': 'applied', 'COAT-L': 'applied', TIE: 'applied', SCARF: 'applied', BELT: 'settled', HAT: 'conflict', BOOTS: 'conflict', SOCK: 'conflict', GIFT: 'blocked' });
    expect(change.progress).toMatchObject({ applied: 5, settled: 1, conflict: 3, blocked: 1, queued: 0, writing: 0 });
    expect(pair(rows.get('HAT').live)).toEqual({ price: '25.00', compareAtPrice: null });
    expect(pair(rows.get('BOOTS').live)).toEqual({ price: '50.00', compareAtPrice: '65.00' });
    expect(pair(rows.get('SOCK').live)).toEqual({ price: '17.00', compareAtPrice: null });
    const writes = (await shop.writes(mark)).filter((write) => write.actor === 'app');
    const skuOf = new Map([...before].map(([sku, row]) => [row.id, sku]));
    expect(writes.map((write) => skuOf.get(write.variantId)).sort()).toEqual(['COAT-L', 'COAT-M', 'COAT-S', 'SCARF', 'TIE']);
    for (const write of writes) {
      const row = rows.get(skuOf.get(write.variantId)!);
      expect(write.before).toEqual(pair(row.before));
      expect(write.after).toEqual(pair(row.after));
    }
    expect(await truthOf('MUG')).toEqual({ price: '12.00', compareAtPrice: '13.00' });
  });

  it('changes nothing when it is applied again', async () => {
    mark = await shop.lastWrite();
    const again = await shop.api.call('POST', `/price-changes/${change.id}/apply`);
    expect([again.status, again.body.code]).toEqual([409, 'illegal_transition']);
    const same = await run(shop.api, 'the same prices', { selector: { field: 'variant.sku', op: 'eq', value: 'tie' }, transform: { steps: [{ type: 'set', value: '25.50' }] } });
    expect(same).toMatchObject({ state: 'applied', summary: { selected: 1, unchanged: 1, planned: 0 } });
    expect(await shop.writes(mark)).toEqual([]);
  });

  it('ends each conflict as a person decides, and only once', async () => {
    mark = await shop.lastWrite();
    const decide = (sku: string, choice: string) => shop.api.call('POST', `/price-changes/${change.id}/items/${rows.get(sku).id}/resolve`, { choice });
    expect((await decide('HAT', 'keep_live')).body).toMatchObject({ state: 'kept', resolution: 'keep_live' });
    expect((await decide('SOCK', 'new_baseline')).body).toMatchObject({ state: 'kept', resolution: 'new_baseline' });
    expect((await decide('BOOTS', 'write_ours')).status).toBe(200);
    change = await ended(shop.api, change.id);
    expect(change.state).toBe('partially_applied');
    rows = await rowsOf(shop.api, change.id);
    expect(rows.get('BOOTS').state).toBe('applied');
    expect(await truthOf('BOOTS')).toEqual(shown(TARGETS['BOOTS']!));
    expect(await truthOf('HAT')).toEqual({ price: '25.00', compareAtPrice: null });
    expect(await truthOf('SOCK')).toEqual({ price: '17.00', compareAtPrice: null });
    expect((await shop.writes(mark)).filter(changes).map((write) => write.variantId)).toEqual([before.get('BOOTS')!.id]);
    for (const sku of ['HAT', 'BOOTS', 'TIE']) expect((await decide(sku, 'keep_live')).body.code).toBe('not_a_conflict');
    expect((await decide('HAT', 'anything')).status).toBe(422);
  });

  it('explains every row in words, from what was stored', async () => {
    for (const [sku, row] of rows) {
      const explained = await shop.api.get(`/price-changes/${change.id}/items/${row.id}/explain`);
      expect(explained.text.length, sku).toBeGreaterThan(20);
      expect(explained.approval).toMatchObject({ planHash: change.planHash, comment: 'looks right' });
      expect(explained.change).toMatchObject({ id: change.id, name: 'Winter sale', planHash: change.planHash });
      if (sku === 'TIE') {
        expect(explained.text).toContain('30.00');
        expect(explained.text).toContain('25.50');
        expect(explained.trace.length).toBeGreaterThan(3);
        expect(explained.write).toMatchObject({ verdict: null });
        expect(explained.write.requestId).toBeTruthy();
      }
    }
    const gift = await shop.api.get(`/price-changes/${change.id}/items/${rows.get('GIFT').id}/explain`);
    expect(gift.text).not.toContain('Written');
  });

  it('keeps the history of a price, and says which one held at a time', async () => {
    const { id } = await variantOf('TIE');
    const history = await until('the write is in the history', () => shop.api.get(`/variants/${id}/prices`), (seen) => seen.data.length === 2, 10_000);
    expect(history.data.map((version: Json) => [version.price.amount, version.source])).toEqual([['25.50', 'apply'], ['30.00', 'sync']]);
    expect(history.data[0].lineage).toMatchObject({ changeId: change.id, changeName: 'Winter sale', itemId: rows.get('TIE').id, ruleId: change.ruleId });
    expect(history.data[1].validTo).toBe(history.data[0].validFrom);
    expect(history.data[0].validTo).toBeNull();
    expect(history.price.price.amount).toBe('25.50');
    const earlier = await shop.api.get(`/variants/${id}/prices?at=${encodeURIComponent(new Date(Date.parse(history.data[0].validFrom) - 1).toISOString())}`);
    expect(earlier.price.price.amount).toBe('30.00');
    const never = await shop.api.get(`/variants/${id}/prices?at=2020-01-01T00:00:00Z`);
    expect(never.price).toBeNull();
    const hat = await variantOf('HAT');
    const seen = await until('the merchant\'s own edit is in the history', () => shop.api.get(`/variants/${hat.id}/prices`), (now) => now.data.length === 2, 20_000);
    expect(seen.data[0]).toMatchObject({ price: { amount: '25.00' }, lineage: null });
  });

  it('takes chosen rows back first, price and compare-at exactly', async () => {
    mark = await shop.lastWrite();
    const rollback = await shop.api.call('POST', `/price-changes/${change.id}/rollback`, { itemIds: [rows.get('COAT-S').id] });
    expect([rollback.status, rollback.body.kind, rollback.body.state, rollback.body.rollbackOf]).toEqual([201, 'rollback', 'previewed', change.id]);
    expect(rollback.body.summary).toMatchObject({ selected: 1, planned: 1 });
    expect(await shop.writes(mark)).toEqual([]);
    await approve(shop.api, rollback.body);
    expect((await apply(shop.api, rollback.body)).state).toBe('applied');
    expect(await truthOf('COAT-S')).toEqual({ price: '100.00', compareAtPrice: null });
    expect((await shop.writes(mark)).map((write) => write.variantId)).toEqual([before.get('COAT-S')!.id]);
    for (const itemIds of [['11111111-2222-4333-8444-555555555555'], [rows.get('COAT-S').id, '11111111-2222-4333-8444-555555555555']]) {
      expect((await shop.api.call('POST', `/price-changes/${change.id}/rollback`, { itemIds })).status).toBe(422);
    }
  });

  it('rolls the rest back by a three-way plan: ours goes back, what somebody changed since stays', async () => {
    await shop.edit(before.get('TIE')!.id, { price: '27.00' });
    await shop.edit(before.get('SCARF')!.id, { price: '20.00', compareAtPrice: null });
    await Promise.all(['TIE', 'SCARF', 'COAT-S', 'BOOTS'].map(heard));
    const rollback = await shop.api.post(`/price-changes/${change.id}/rollback`);
    const planned = await rowsOf(shop.api, rollback.id);
    const outcome = Object.fromEntries([...planned].map(([sku, row]) => [sku, row.reason ?? row.outcome]));
    expect(outcome).toEqual({ 'COAT-S': 'unchanged', 'COAT-M': 'planned', 'COAT-L': 'planned', BOOTS: 'planned', BELT: 'planned', TIE: 'changed_since', SCARF: 'unchanged' });
    expect(planned.get('BELT').warnings).toEqual(['author_unknown']);
    expect(pair(planned.get('BOOTS').after), 'what the write replaced, not what the plan saw').toEqual({ price: '50.00', compareAtPrice: '65.00' });
    mark = await shop.lastWrite();
    const wrong = await shop.api.call('POST', `/price-changes/${rollback.id}/approve`, { planHash: change.planHash });
    expect([wrong.status, wrong.body.code]).toEqual([409, 'stale_plan']);
    await approve(shop.api, rollback);
    expect((await apply(shop.api, rollback)).state).toBe('applied');
    for (const sku of ['COAT-S', 'COAT-M', 'COAT-L', 'BELT', 'SCARF', 'GIFT', 'MUG']) {
      expect(await truthOf(sku), sku).toEqual({ price: before.get(sku)!.price, compareAtPrice: before.get(sku)!.compareAtPrice });
    }
    expect(await truthOf('TIE')).toEqual({ price: '27.00', compareAtPrice: '35.00' });
    expect((await shop.writes(mark)).filter(changes)).toHaveLength(4);
  });

  it('leaves an audit of who did what and a log that folds to what is stored', async () => {
    const audit = await shop.api.all(`/audit?entity=price_change&entityId=${change.id}`);
    const actions = audit.map((entry) => entry.action).reverse();
    expect(actions[0]).toBe('created');
    for (const action of ['previewed', 'approved', 'started', 'completed', 'conflict_resolved']) expect(actions, actions.join()).toContain(action);
    expect(actions.indexOf('approved')).toBeLessThan(actions.indexOf('started'));
    for (const entry of audit) expect(entry.actor).toMatch(/^(token|system):/);
    const report = await shop.api.call('GET', `/audit/report.csv?entityId=${change.id}`);
    expect(report.text.trimEnd().split('\r\n')).toHaveLength(audit.length + 1);
    const events = (await shop.api.all('/events')).filter((event) => event.aggregateId === change.id);
    const types = events.map((event) => event.type);
    for (const type of ['price_change.created', 'price_change.previewed', 'price_change.approved', 'price_change.started', 'price.applied', 'price.conflict', 'price.conflict_resolved', 'price_change.reopened', 'price_change.completed']) expect(types).toContain(type);
    expect(events.map((event) => event.seq)).toEqual(events.map((event) => event.seq).sort((a, b) => a - b));
    expect(await replay(shop.api)).toMatchObject({ chainIntact: true, brokenAt: null, differences: [] });
  });
});

describe('a price change that is stopped or waits', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await makeShop('stopped', { generate: { products: 40, variantsPerProduct: 2 }, plan: 'standard' });
  });

  it('writes nothing after it was rejected or cancelled', async () => {
    const rejected = await plan(shop.api, 'no', percentOff(10));
    expect((await shop.api.post(`/price-changes/${rejected.id}/reject`, { comment: 'too much' })).state).toBe('rejected');
    const cancelled = await plan(shop.api, 'never mind', percentOff(10));
    await approve(shop.api, cancelled);
    expect((await shop.api.post(`/price-changes/${cancelled.id}/cancel`)).state).toBe('cancelled');
    for (const { id, planHash } of [rejected, cancelled]) {
      for (const [action, body] of [['approve', { planHash }], ['apply', undefined], ['preview', undefined], ['pause', undefined], ['resume', undefined], ['rollback', undefined]] as const) {
        expect((await shop.api.call('POST', `/price-changes/${id}/${action}`, body)).status, action).toBe(409);
      }
    }
    expect(await shop.writes()).toEqual([]);
  });

  it('starts by itself at a time in the past, and refuses an end before its start', async () => {
    const change = await plan(shop.api, 'at a time', percentOff(1, { field: 'variant.sku', op: 'isSet', value: null }));
    await approve(shop.api, change);
    const bad = await shop.api.call('POST', `/price-changes/${change.id}/schedule`, { startAt: '2026-12-02T00:00:00', endAt: '2026-12-01T00:00:00', timeZone: 'Europe/Berlin' });
    expect(bad.status).toBe(422);
    expect((await shop.api.call('POST', `/price-changes/${change.id}/schedule`, { startAt: '2026-12-02T00:00:00', timeZone: 'Mars/Olympus' })).status).toBe(422);
    expect((await shop.api.post(`/price-changes/${change.id}/schedule`, { startAt: '2020-01-01T00:00:00', timeZone: 'Europe/Berlin' })).state).toBe('scheduled');
    expect((await ended(shop.api, change.id)).state).toBe('applied');
  });

  it('stops while paused, and is done after it was resumed, each row once', async () => {
    const mark = await shop.lastWrite();
    await shop.fault({ kind: 'slow_body', operation: 'VariantPricesUpdate', probability: 1, delayMs: 150 });
    const change = await plan(shop.api, 'in two parts', percentOff(20));
    await approve(shop.api, change);
    await shop.api.post(`/price-changes/${change.id}/apply`);
    await until('some rows are written', () => shop.writes(mark), (writes) => writes.length > 0);
    expect((await shop.api.call('POST', `/price-changes/${change.id}/pause`)).status).toBe(202);
    const paused = await until('nothing is under way', () => shop.api.get(`/price-changes/${change.id}`), (seen) => seen.progress.writing === 0);
    expect(paused.state).toBe('paused');
    const sofar = await shop.writes(mark);
    expect(sofar.length).toBeLessThan(80);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await shop.writes(mark)).toHaveLength(sofar.length);
    await shop.clearFaults();
    expect((await shop.api.call('POST', `/price-changes/${change.id}/resume`)).status).toBe(202);
    expect((await ended(shop.api, change.id)).state).toBe('applied');
    const writes = await shop.writes(mark);
    expect(writes).toHaveLength(80);
    expect(new Set(writes.map((write) => write.variantId)).size).toBe(80);
    expect(await replay(shop.api)).toMatchObject({ chainIntact: true, differences: [] });
  });

  it('streams its progress to whoever watches', async () => {
    const change = await plan(shop.api, 'watched', percentOff(5));
    await approve(shop.api, change);
    const stream = shop.api.call('GET', `/price-changes/${change.id}/events`);
    await shop.api.post(`/price-changes/${change.id}/apply`);
    const { headers, text } = await stream;
    expect(headers.get('content-type')).toContain('text/event-stream');
    const updates = text.split('\n').filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)));
    expect(updates.at(-1)).toMatchObject({ id: change.id, state: 'applied' });
    expect(updates.length).toBeGreaterThan(1);
  });
});

describe('the rest of the app', () => {
  it('says that it is up and ready, and counts without naming a shop', async () => {
    const shop = await makeShop('metrics', { products: PRODUCTS.slice(0, 1) });
    const { appUrl } = inject('app');
    expect((await send('GET', `${appUrl}/healthz`)).body).toEqual({ status: 'ok' });
    expect((await send('GET', `${appUrl}/readyz`)).body).toEqual({ status: 'ready', problems: [] });
    const metrics = await send('GET', `${appUrl}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(metrics.text).toMatch(/^# HELP /m);
    expect(metrics.text).not.toMatch(/myshopify|tenant=|tenant_id|shop=/);
    expect(metrics.text).not.toContain(shop.domain.split('.')[0]);
  });
});
