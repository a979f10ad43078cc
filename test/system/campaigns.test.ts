import { beforeAll, describe, expect, it } from 'vitest';
import { until } from './client.ts';
import type { Json } from './client.ts';
import { approve, ended, pair, percentOff, plan, replay, rowsOf, run } from './journey.ts';
import { processOf } from './secrets.ts';
import { makeShop } from './shops.ts';
import type { ProductRow, TestShop } from './shops.ts';

const PRODUCTS: readonly ProductRow[] = [
  { handle: 'hat', sku: 'HAT', price: '24.00', tags: 'sale' },
  { handle: 'boots', sku: 'BOOTS', price: '50.00', compareAt: '60.00', tags: 'sale' },
  { handle: 'belt', sku: 'BELT', price: '40.00', tags: 'sale' },
  { handle: 'scarf', sku: 'SCARF', price: '20.00', tags: 'sale' },
];
/** Wall-clock time of UTC, so many seconds from now. */
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString().slice(0, 19);
const campaign = (percent: number, seconds: number, priority = 0): object => ({
  ...percentOff(percent), priority, schedule: { startAt: inSeconds(-60), endAt: inSeconds(seconds), timeZone: 'Etc/UTC' },
});

describe('campaigns', () => {
  let shop: TestShop;
  const shown = async (sku: string): Promise<[string, string | null]> => {
    const { price, compareAtPrice } = (await shop.truth()).get(sku)!;
    return [price, compareAtPrice];
  };
  const shows = (sku: string, price: [string, string | null], limitMs = 60_000) => until(`${sku} shows ${price}`, () => shown(sku), (seen) => JSON.stringify(seen) === JSON.stringify(price), limitMs);
  const reaches = (id: string, state: string, limitMs = 90_000): Promise<Json> => until(`the campaign is ${state}`, () => shop.api.get(`/price-changes/${id}`), (seen) => seen.state === state, limitMs);
  /** Planned, approved and begun by itself. */
  const start = async (percent: number, seconds: number, priority = 0): Promise<Json> => {
    const planned = await plan(shop.api, `${percent} off`, campaign(percent, seconds, priority));
    await approve(shop.api, planned);
    return ended(shop.api, planned.id);
  };

  beforeAll(async () => {
    shop = await makeShop('campaigns', { products: PRODUCTS });
  });

  it('start by themselves, overlap, end by themselves in the wrong order, and leave price and compare-at as they were, null included', async () => {
    const first = await start(20, 45, 1);
    expect(first.state).toBe('applied');
    await shows('HAT', ['19.20', '24.00']);
    const second = await start(50, 75);
    expect(second.state).toBe('applied');
    expect(await shown('HAT')).toEqual(['19.20', '24.00']);
    const overlaps = (await shop.api.get(`/price-changes/${second.id}/overlaps`)).data;
    expect(overlaps).toMatchObject([{ change: { id: first.id }, variants: 4, wins: 'other', reason: 'priority' }]);
    const mark = await shop.lastWrite();
    await reaches(first.id, 'ended');
    await shows('HAT', ['12.00', '24.00']);
    await shows('BOOTS', ['25.00', '60.00']);
    await reaches(second.id, 'ended');
    for (const [sku, price] of [['HAT', ['24.00', null]], ['BOOTS', ['50.00', '60.00']], ['BELT', ['40.00', null]], ['SCARF', ['20.00', null]]] as const) expect(await shown(sku), sku).toEqual(price);
    expect((await shop.writes(mark)).filter((write) => write.actor === 'app')).toHaveLength(8);
    expect((await shop.api.get('/variants?query=HAT')).data[0]).toMatchObject({ baselinePrice: { amount: '24.00' } });
    await replay(shop.api);
  }, 240_000);

  it('that ran over their end while no worker was there end when one is back', async () => {
    const made = await start(25, 20);
    await shows('SCARF', ['15.00', '20.00']);
    const worker = processOf('app/worker/main.ts');
    // The demo restarts a worker that dies; stopped, it sleeps over the end.
    process.kill(worker, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(made.endsAt) - Date.now()) + 2_000));
    expect(await shown('SCARF')).toEqual(['15.00', '20.00']);
    process.kill(worker, 'SIGCONT');
    await reaches(made.id, 'ended');
    expect(await shown('SCARF')).toEqual(['20.00', null]);
  }, 180_000);

  it('whose whole window went by unseen are never written', async () => {
    const planned = await plan(shop.api, 'Missed', { ...percentOff(30), schedule: { startAt: inSeconds(8), endAt: inSeconds(12), timeZone: 'Etc/UTC' } });
    const worker = processOf('app/worker/main.ts');
    process.kill(worker, 'SIGSTOP');
    await approve(shop.api, planned);
    const mark = await shop.lastWrite();
    await new Promise((resolve) => setTimeout(resolve, 14_000));
    process.kill(worker, 'SIGCONT');
    const missed = await reaches(planned.id, 'ended');
    expect(missed.progress.cancelled).toBe(4);
    expect((await shop.writes(mark)).filter((write) => write.actor === 'app')).toEqual([]);
  }, 120_000);

  it("keep a merchant's edit, show it as a conflict, and end around it", async () => {
    const made = await start(10, 3_600);
    await shows('BELT', ['36.00', '40.00']);
    const belt = (await shop.truth()).get('BELT')!;
    await shop.edit(belt.id, { price: '33.00', compareAtPrice: null });
    const edited = await until('the edit is a conflict', () => rowsOf(shop.api, made.id, '?state=conflict'), (rows) => rows.has('BELT'));
    expect(pair(edited.get('BELT')!.live)).toEqual({ price: '33.00', compareAtPrice: null });
    await shop.api.post(`/price-changes/${made.id}/items/${edited.get('BELT')!.id}/resolve`, { choice: 'keep_live' });
    const ending = await shop.api.call('POST', `/price-changes/${made.id}/end`, { reason: 'Sold out' });
    expect([ending.status, ending.body.state]).toEqual([202, 'ending']);
    await reaches(made.id, 'ended');
    expect(await shown('BELT')).toEqual(['40.00', null]);
    await replay(shop.api);
  }, 120_000);

  it('are all ended by one call, and a change beneath them comes to light', async () => {
    const made = await start(10, 3_600);
    await run(shop.api, 'New regular price', { name: 'Up', selector: { all: [{ field: 'variant.sku', op: 'eq', value: 'SCARF' }] }, transform: { steps: [{ type: 'set', value: '22.00' }] } });
    expect(await shown('SCARF')).toEqual(['18.00', '20.00']);
    const report = await shop.api.post('/campaigns/end');
    expect(report).toEqual({ ended: [made.id], waiting: [] });
    await reaches(made.id, 'ended');
    expect(await shown('SCARF')).toEqual(['22.00', null]);
    await replay(shop.api);
  }, 120_000);

  it('answer what they are not in the words of their state', async () => {
    const change = await run(shop.api, 'No campaign', { name: 'Up', selector: { all: [{ field: 'variant.sku', op: 'eq', value: 'HAT' }] }, transform: { steps: [{ type: 'amount', value: '1' }] } });
    const answer = await shop.api.call('POST', `/price-changes/${change.id}/end`);
    expect([answer.status, answer.body.type ?? answer.body.code]).toEqual([409, expect.stringContaining('not_a_campaign')]);
  });
});
