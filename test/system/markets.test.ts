/** A market's prices through the whole running app: read after the sync, planned, written, explained, exported, taken back, and apart from other shops'. */
import { inject, expect, describe, it, beforeAll } from 'vitest';
import { send, until } from './client.ts';
import type { Json } from './client.ts';
import { approve, apply, preview, replay, rowsOf } from './journey.ts';
import { makeShop, sync } from './shops.ts';
import type { TestShop } from './shops.ts';

let shop: TestShop;
let list: Json;
let simulated: Json;

const sim = (path: string) => `${inject('app').simulatorUrl}/_sim/shops/${shop.domain}/${path}`;

async function control(method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await send(method, sim(path), { body });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body;
}

const shownThere = async () => new Map((await control('GET', `price-lists/${simulated.id}/prices`)).data.map(({ sku, price, compareAtPrice, origin }: Json) => [sku, { price, compareAtPrice, origin }]));

async function draft(rule: object): Promise<Json> {
  const change = await shop.api.post('/price-changes', { name: 'Market sale', rule, target: { priceListId: list.id } });
  return preview(shop.api, change.id);
}

const RULE = { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-20' }], compareAt: { mode: 'sale' } } };

beforeAll(async () => {
  shop = await makeShop('market', { products: [{ handle: 'cup', sku: 'CUP', price: '10.00', cost: '4.00' }, { handle: 'pot', sku: 'POT', price: '25.00', compareAt: '30.00' }] });
  simulated = await control('POST', 'price-lists', { name: 'Japan', currencyCode: 'JPY', country: 'JP', exchangeRate: '150' });
  await control('POST', `price-lists/${simulated.id}/variants/${(await shop.truth()).get('POT')!.id}`, { price: '3000' });
});

describe('a market', () => {
  it('is there after the next sync of the catalog, with what its buyers are shown', async () => {
    await sync(shop.api);
    const lists = await until('the price lists are read', () => shop.api.get('/price-lists'), ({ data }) => data[0]?.pricesReadAt != null);
    [list] = lists.data;
    expect(list).toMatchObject({ name: 'Japan', currencyCode: 'JPY', adjustmentPercent: '0', active: true, fixedPrices: 1 });
    const { data } = await shop.api.get('/variants');
    const prices = await Promise.all(data.map(({ id }: Json) => shop.api.get(`/variants/${id}/contextual-prices`)));
    expect(prices.map((answer: Json) => answer.data[0].price.amount).sort()).toEqual(['1500', '3000']);
    expect(prices.map((answer: Json) => answer.data[0].origin).sort()).toEqual(['fixed', 'relative']);
  });

  it('is planned for, written, explained and exported in its own currency, and taken back exactly', async () => {
    const before = await shownThere();
    const own = await shop.truth();
    const change = await draft(RULE);
    expect(change).toMatchObject({ currencyCode: 'JPY', target: { priceListId: list.id, name: 'Japan' }, summary: { selected: 2, planned: 2 } });
    const rows = await rowsOf(shop.api, change.id);
    expect(rows.get('CUP')).toMatchObject({ before: { price: { amount: '1500', currencyCode: 'JPY' } }, after: { price: { amount: '1200' }, compareAtPrice: { amount: '1500' } }, origin: { before: 'relative', after: 'fixed', live: null }, cost: null });
    await approve(shop.api, change);
    expect((await apply(shop.api, change)).state).toBe('applied');
    expect(await shownThere()).toEqual(new Map([['CUP', { price: '1200', compareAtPrice: '1500', origin: 'fixed' }], ['POT', { price: '2400', compareAtPrice: '3000', origin: 'fixed' }]]));
    expect(await shop.truth()).toEqual(own);
    const { text } = await shop.api.get(`/price-changes/${change.id}/items/${rows.get('CUP')!.id}/explain`);
    expect(text).toContain('1500 JPY');
    expect(text).toContain('the price list Japan');
    const csv = await shop.api.call('GET', `/price-changes/${change.id}/items.csv`);
    expect(csv.text).toContain(',1500,,1200,1500,1200,1500,');

    const back = await shop.api.post(`/price-changes/${change.id}/rollback`, {});
    expect(back.target).toEqual({ priceListId: list.id, name: 'Japan' });
    await approve(shop.api, back);
    expect((await apply(shop.api, back)).state).toBe('applied');
    expect(await shownThere()).toEqual(before);
    const writes = (await control('GET', 'writes')).data.filter((row: Json) => row.actor === 'app');
    expect(writes.map((row: Json) => [row.priceList.currencyCode, row.after.origin]).sort()).toEqual([['JPY', 'fixed'], ['JPY', 'fixed'], ['JPY', 'fixed'], ['JPY', 'relative']]);
    expect((await replay(shop.api)).differences).toEqual([]);
  });

  it('is read again before a plan is made: an edit that nobody told us of is in it', async () => {
    await control('POST', `price-lists/${simulated.id}/variants/${(await shop.truth()).get('CUP')!.id}`, { price: '1111' });
    const change = await draft(RULE);
    expect((await rowsOf(shop.api, change.id)).get('CUP')).toMatchObject({ before: { price: { amount: '1111' } }, origin: { before: 'fixed' } });
  });

  it('says why no plan was made when the shop cannot be asked', async () => {
    const change = await shop.api.post('/price-changes', { name: 'Market sale', rule: RULE, target: { priceListId: list.id } });
    await shop.fault({ kind: 'http_503', operation: 'PriceLists', count: 3 });
    await shop.api.post(`/price-changes/${change.id}/preview`);
    const seen = await until('the preview has ended', () => shop.api.get(`/price-changes/${change.id}`), ({ activity }) => activity === null);
    await shop.clearFaults();
    expect(seen).toMatchObject({ state: 'draft', failure: expect.stringContaining('could not be read') });
    await preview(shop.api, change.id);
  });

  it('refuses an end, an unknown list, and amounts that it cannot express, each with its code', async () => {
    const refuse = async (body: object) => {
      const answer = await shop.api.call('POST', '/price-changes', { name: 'x', rule: RULE, target: { priceListId: list.id }, ...body });
      return [answer.status, answer.body.code ?? answer.body.type];
    };
    expect((await refuse({ schedule: { startAt: '2027-01-01T00:00:00', endAt: '2027-01-02T00:00:00', timeZone: 'UTC' } }))[0]).toBe(409);
    expect((await refuse({ target: { priceListId: '00000000-0000-4000-8000-000000000000' } }))[0]).toBe(422);
    expect((await refuse({ rule: { selector: { all: [] }, transform: { rounding: { type: 'ending', ending: '0.99', every: '1.00' } } } }))[0]).toBe(422);
  });

  it('is not another shop\'s', async () => {
    const other = await makeShop('elsewhere', { generate: { products: 1, variantsPerProduct: 1 } });
    expect((await other.api.get('/price-lists')).data).toEqual([]);
    const answer = await other.api.call('POST', '/price-changes', { name: 'x', rule: RULE, target: { priceListId: list.id } });
    expect(answer.status).toBe(422);
  });

  it('is read again when asked for', async () => {
    const { requestedAt } = await shop.api.post('/price-lists/sync');
    await until('the lists are read again', () => shop.api.get('/price-lists'), ({ data }) => data[0].pricesReadAt >= requestedAt);
  });
});
