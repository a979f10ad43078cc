import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChange } from '../../app/flows/apply-change/control.ts';
import { resolveConflict } from '../../app/flows/apply-change/resolve-conflict.ts';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { endCampaign, finishEnd } from '../../app/flows/end-campaign/end-campaign.ts';
import { endAllCampaigns } from '../../app/flows/end-campaign/end-all-campaigns.ts';
import { findOverlaps, overlapRows } from '../../app/flows/find-overlaps/find-overlaps.ts';
import { noticeDrift } from '../../app/flows/notice-drift/notice-drift.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import { useTestDatabase } from '../setup/database.ts';
import { must } from './must.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;

beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
  await shop.stock(2);
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

interface Made { readonly percent: string; readonly end?: boolean; readonly priority?: number; readonly compareAt?: object }

/** Plans and approves; a campaign runs for the next day. */
async function approve({ percent, end = false, priority = 0, compareAt = { mode: 'sale' } }: Made): Promise<string> {
  const rule = { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: percent }], compareAt }, priority };
  const startAt = shop.now().toISOString().slice(0, 19);
  const schedule = end ? { startAt, endAt: new Date(shop.now().getTime() + 86_400_000).toISOString().slice(0, 19), timeZone: 'UTC' } : null;
  const change = must(await createChange({ uow: shop.uow }, shop.ctx, { name: `${percent} %`, rule, schedule }));
  must(await requestPreview({ uow: shop.uow }, shop.ctx, { id: change.id }));
  await buildPlan({ uow: shop.uow, newDigest }, shop.ctx, { id: change.id });
  const { planHash } = (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(change.id)))!;
  must(await approveChange({ uow: shop.uow, planMaxAgeHours: 72 }, shop.ctx, { id: change.id, planHash: planHash! }));
  shop.advance(1_000);
  return change.id;
}

async function apply(id: string): Promise<string> {
  must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id }));
  await shop.runToTheEnd(id);
  shop.advance(1_000);
  return id;
}
const run = async (made: Made): Promise<string> => apply(await approve(made));

async function endsOf(id: string): Promise<string> {
  const [end] = await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.children(id));
  return end!.id;
}
async function end(id: string): Promise<void> {
  must(await endCampaign({ uow: shop.uow, newDigest }, shop.ctx, { id }));
  if (await shop.state(id) === 'ending') await shop.runToTheEnd(await endsOf(id));
  shop.advance(1_000);
}
async function edit(ref: bigint, price: bigint, compareAt: bigint | null = null): Promise<void> {
  shop.channel.prices.set(ref, { price, compareAt });
  await shop.sql('update variants set price = $2, compare_at = $3, updated_at = $4 where ref = $1', [ref, price, compareAt, shop.now()]);
  await noticeDrift({ uow: shop.uow }, shop.ctx, { productRef: null });
  shop.advance(1_000);
}
const conflictOf = async (id: string) => (await shop.items(id)).find((item) => item.state === 'conflict')!;
const resolve = async (id: string, choice: 'keep_live' | 'write_ours' | 'new_baseline'): Promise<void> => {
  must(await resolveConflict({ uow: shop.uow }, shop.ctx, { id, itemId: (await conflictOf(id)).id, choice }));
};
const shown = (ref = 1n) => shop.channel.prices.get(ref)!;
const plain = (price: bigint) => ({ price, compareAt: null });
const sale = (price: bigint, compareAt = 1_000n) => ({ price, compareAt });

describe('campaigns on one variant', () => {
  it('bring back price and compare-at exactly, null included', async () => {
    const a = await run({ percent: '-20', end: true });
    expect(shown()).toEqual(sale(800n));
    expect(await shop.state(a)).toBe('applied');
    await end(a);
    expect(shown()).toEqual(plain(1_000n));
    expect(await shop.state(a)).toBe('ended');
    expect(await shop.sql('select baseline_price, layer_id, price from variants where ref = 1')).toMatchObject([{ baseline_price: null, layer_id: null, price: 1_000n }]);
  });

  it.each([['the first first', 0], ['the last first', 1]])('are planned against the baseline and end in any order: %s', async (_, first) => {
    const a = await run({ percent: '-20', end: true });
    const b = await run({ percent: '-30', end: true });
    expect(shown()).toEqual(sale(700n));
    await end(first === 0 ? a : b);
    expect(shown()).toEqual(first === 0 ? sale(700n) : sale(800n));
    await end(first === 0 ? b : a);
    expect(shown()).toEqual(plain(1_000n));
  });

  it('of smaller priority lie beneath and come to light later', async () => {
    const a = await run({ percent: '-20', end: true, priority: 5 });
    const before = shop.channel.log.length;
    const b = await run({ percent: '-30', end: true });
    expect(shop.channel.log.length).toBe(before);
    expect(await shop.state(b)).toBe('applied');
    expect((await shop.items(b))[0]!.verdict).toContain('beneath_campaign');
    await end(a);
    expect(shown()).toEqual(sale(700n));
    await end(b);
    expect(shown()).toEqual(plain(1_000n));
  });

  it('that end at the same time leave the baseline, whichever is written first', async () => {
    const a = await run({ percent: '-20', end: true });
    const b = await run({ percent: '-30', end: true });
    must(await endCampaign({ uow: shop.uow, newDigest }, shop.ctx, { id: b }));
    must(await endCampaign({ uow: shop.uow, newDigest }, shop.ctx, { id: a }));
    await shop.run(await endsOf(a));
    await shop.runToTheEnd(await endsOf(b));
    await shop.runToTheEnd(await endsOf(a));
    expect(shown()).toEqual(plain(1_000n));
    expect([await shop.state(a), await shop.state(b)]).toEqual(['ended', 'ended']);
  });

  it('keep their price over a change without end, which becomes the baseline', async () => {
    const a = await run({ percent: '-20', end: true });
    const change = await run({ percent: '10', compareAt: { mode: 'keep' } });
    expect(shown()).toEqual(sale(800n));
    expect(await shop.state(change)).toBe('applied');
    await end(a);
    expect(shown()).toEqual(plain(1_100n));
  });

  it('and the change under them can be rolled back while they run', async () => {
    const a = await run({ percent: '-20', end: true });
    const change = await run({ percent: '10', compareAt: { mode: 'keep' } });
    const back = must(await rollBackChange({ uow: shop.uow, newDigest }, shop.ctx, { id: change }));
    must(await approveChange({ uow: shop.uow, planMaxAgeHours: 72 }, shop.ctx, { id: back.id, planHash: back.planHash! }));
    await apply(back.id);
    expect(shown()).toEqual(sale(800n));
    await end(a);
    expect(shown()).toEqual(plain(1_000n));
  });

  it('are rolled back by a plan that brings the next layer to light', async () => {
    const a = await run({ percent: '-20', end: true });
    const b = await run({ percent: '-30', end: true });
    const back = must(await rollBackChange({ uow: shop.uow, newDigest }, shop.ctx, { id: b }));
    must(await approveChange({ uow: shop.uow, planMaxAgeHours: 72 }, shop.ctx, { id: back.id, planHash: back.planHash! }));
    await apply(back.id);
    expect(shown()).toEqual(sale(800n));
    await end(b);
    expect(await shop.state(b)).toBe('ended');
    await end(a);
    expect(shown()).toEqual(plain(1_000n));
  });

  it('are all ended at once', async () => {
    const a = await run({ percent: '-20', end: true });
    const b = await run({ percent: '-30', end: true });
    const report = must(await endAllCampaigns({ uow: shop.uow, newDigest }, shop.ctx, {}));
    expect([...report.ended].sort()).toEqual([a, b].sort());
    for (const id of report.ended) await shop.runToTheEnd(await endsOf(id));
    for (const id of report.ended) await shop.runToTheEnd(await endsOf(id));
    expect(shown()).toEqual(plain(1_000n));
  });
});

describe("a merchant's edit while a campaign runs", () => {
  it('is a conflict that the end leaves alone', async () => {
    const a = await run({ percent: '-20', end: true });
    await edit(1n, 850n);
    expect((await conflictOf(a)).verdict).toContain('edited_in_shop');
    await end(a);
    expect([shown(1n), shown(2n)]).toEqual([plain(850n), plain(1_000n)]);
    expect(await shop.state(a)).toBe('ended');
  });

  it.each([['keep_live', 1_000n], ['new_baseline', 850n]] as const)('%s keeps it while the campaign runs; after the end the shop shows %s', async (choice, after) => {
    const a = await run({ percent: '-20', end: true });
    await edit(1n, 850n);
    await resolve(a, choice);
    expect(shown()).toEqual(plain(850n));
    await end(a);
    expect(shown()).toEqual(plain(after));
  });

  it('write_ours shows the campaign again, and the baseline after it', async () => {
    const a = await run({ percent: '-20', end: true });
    await edit(1n, 850n);
    await resolve(a, 'write_ours');
    await shop.runToTheEnd(a);
    expect(shown()).toEqual(sale(800n));
    expect(await shop.state(a)).toBe('applied');
    await end(a);
    expect(shown()).toEqual(plain(1_000n));
  });

  it.each([['keep_live', 850n], ['new_baseline', 850n], ['write_ours', 1_000n]] as const)('resolved after the end by %s leaves %s', async (choice, price) => {
    const a = await run({ percent: '-20', end: true });
    await edit(1n, 850n);
    await end(a);
    await resolve(a, choice);
    await finishEnd({ uow: shop.uow, newDigest }, shop.ctx, { id: a });
    if (await shop.state(a) === 'ending') await shop.runToTheEnd(await endsOf(a));
    expect(shown()).toEqual(plain(price));
    expect(await shop.state(a)).toBe('ended');
    expect(await shop.sql('select baseline_price from variants where ref = 1')).toMatchObject([{ baseline_price: null }]);
  });

  it.each([['keep_live', 850n], ['new_baseline', 850n], ['write_ours', 1_000n]] as const)('that only the end itself finds waits with the end, and %s leaves %s', async (choice, price) => {
    const a = await run({ percent: '-20', end: true });
    shop.channel.prices.set(1n, plain(850n));
    await end(a);
    expect(shown()).toEqual(plain(850n));
    expect(await shop.state(a)).toBe('ended');
    const by = await endsOf(a);
    await resolve(by, choice);
    if (await shop.state(by) === 'applying') await shop.runToTheEnd(by);
    expect(shown()).toEqual(plain(price));
    expect(await shop.sql('select baseline_price from variants where ref = 1')).toMatchObject([{ baseline_price: null }]);
  });
});

describe('the end of a campaign', () => {
  it('comes before it was written to the end: what waits is not written any more', async () => {
    const a = await approve({ percent: '-20', end: true });
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: a }));
    await end(a);
    expect(await shop.state(a)).toBe('ended');
    expect(shop.channel.log).toEqual([]);
  });

  it('that the shop refused is tried again by hand, and says so meanwhile', async () => {
    const a = await run({ percent: '-20', end: true });
    shop.channel.onWrite = (rows) => ({ ok: true, requestId: 'no', value: new Map(rows.map((row) => [row.variantRef, { kind: 'refused', code: 'INVALID', message: 'Not now' }])) });
    await end(a);
    expect(await shop.state(a)).toBe('ending');
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(a)))!.failure).toContain('2 rows');
    shop.channel.onWrite = null;
    await end(a);
    expect(shown()).toEqual(plain(1_000n));
    expect(await shop.state(a)).toBe('ended');
  });

  it('is not rolled back', async () => {
    const a = await run({ percent: '-20', end: true });
    await end(a);
    expect(await rollBackChange({ uow: shop.uow, newDigest }, shop.ctx, { id: await endsOf(a) })).toMatchObject({ ok: false, error: { code: 'end_is_final' } });
  });

  it('asks for a campaign', async () => {
    const change = await run({ percent: '-20' });
    expect(await endCampaign({ uow: shop.uow, newDigest }, shop.ctx, { id: change })).toMatchObject({ ok: false, error: { code: 'not_a_campaign' } });
  });
});

describe('overlapping changes', () => {
  it('are shown side by side, with which one shows and why', async () => {
    const a = await run({ percent: '-20', end: true, priority: 1 });
    const b = await approve({ percent: '-30', end: true });
    const c = await approve({ percent: '5', compareAt: { mode: 'keep' } });
    const of = async (id: string) => must(await findOverlaps({ uow: shop.uow }, shop.ctx, { id })).data.map(({ change, variants, wins, reason }) => ({ id: change.id, variants, wins, reason }));
    expect(await of(b)).toEqual([{ id: c, variants: 2, wins: 'this', reason: 'campaign_over_baseline' }, { id: a, variants: 2, wins: 'other', reason: 'priority' }]);
    expect(await of(c)).toEqual([{ id: b, variants: 2, wins: 'other', reason: 'campaign_over_baseline' }, { id: a, variants: 2, wins: 'other', reason: 'campaign_over_baseline' }]);
    const first = must(await overlapRows({ uow: shop.uow }, shop.ctx, { id: b, otherId: a, limit: 1, cursor: null }));
    expect(first.data).toMatchObject([{ sku: 'S-1', this: { price: { amount: '7.00' } }, other: { price: { amount: '8.00' } }, wins: 'other', reason: 'priority' }]);
    const rest = must(await overlapRows({ uow: shop.uow }, shop.ctx, { id: b, otherId: a, limit: 1, cursor: first.nextCursor }));
    expect([rest.data[0]!.sku, rest.nextCursor]).toEqual(['S-2', null]);
    await end(a);
    expect((await of(b)).map(({ id }) => id)).toEqual([c]);
  });
});

describe('a campaign whose time has come', () => {
  it('is begun once, also where it is applied by hand just after it began by itself', async () => {
    const a = await approve({ percent: '-20', end: true });
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: a }));
    expect(must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: a })).state).toBe('applying');
    await shop.runToTheEnd(a);
    expect(must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: a })).state).toBe('applied');
    expect(shop.channel.log).toHaveLength(2);
  });
});
