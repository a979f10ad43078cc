import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChange, resumeChange } from '../../app/flows/apply-change/control.ts';
import type { ApplyInput } from '../../app/flows/apply-change/control.ts';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { endCampaign } from '../../app/flows/end-campaign/end-campaign.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { getChange } from '../../app/flows/read-changes/read-changes.ts';
import { resumeWrites, stopWrites } from '../../app/flows/stop-writes/stop-writes.ts';
import { useTestDatabase } from '../setup/database.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
  await shop.stock(10);
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

const must = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const deps = () => ({ uow: shop.uow, newDigest });
const change = async (id: string) => must(await getChange(shop, shop.ctx, { id }));
const prices = (): string => [...shop.channel.prices.values()].map(({ price }) => String(price)).sort().join(' ');

/** A sale of 20 % for the next day, started. */
async function sale(options: Omit<ApplyInput, 'id'> = {}): Promise<string> {
  const at = (ms: number): string => new Date(shop.now().getTime() + ms).toISOString().slice(0, 19);
  const made = must(await createChange(shop, shop.ctx, {
    name: 'Sale', rule: { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-20' }] } }, schedule: { startAt: at(0), endAt: at(86_400_000), timeZone: 'UTC' },
  }));
  must(await requestPreview(shop, shop.ctx, { id: made.id }));
  await buildPlan(deps(), shop.ctx, { id: made.id });
  must(await approveChange({ uow: shop.uow, planMaxAgeHours: 72 }, shop.ctx, { id: made.id, planHash: (await change(made.id)).planHash! }));
  shop.advance(1_000);
  must(await applyChange(deps(), shop.ctx, { id: made.id, ...options }));
  return made.id;
}
const endOf = async (id: string): Promise<string> => (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.children(id)))[0]!.id;

describe('a campaign', () => {
  it('that waits after its first part ends with that part put back and the rest never written', async () => {
    const id = await sale({ canaryPercent: 30 });
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'paused', pauseCode: 'canary_done', canary: { rows: 3, verified: 3 } });
    must(await endCampaign(deps(), shop.ctx, { id }));
    await shop.runToTheEnd(await endOf(id));
    expect(await change(id)).toMatchObject({ state: 'ended', pauseCode: null });
    expect(prices()).toBe(Array(10).fill('1000').join(' '));
    expect(shop.channel.log).toHaveLength(6);
  });

  it('goes on after its first part, and a price that was edited meanwhile is a conflict that stays', async () => {
    const id = await sale({ canaryPercent: 30 });
    let edited: bigint | null = null;
    shop.channel.onRead = (answer) => {
      if (shop.channel.log.length === 3 && edited === null) shop.channel.prices.set(edited = shop.channel.log[0]!.variantRef, { price: 650n, compareAt: null });
      return answer();
    };
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'paused', canary: { differing: 1, withinLimits: false } });
    must(await resumeChange(shop, shop.ctx, { id }));
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'partially_applied', progress: { applied: 9, conflict: 1 } });
    expect(shop.channel.prices.get(edited!)?.price).toBe(650n);
  });

  it('whose end comes while all writes are stopped is ending until they are resumed, and then everything is put back', async () => {
    const id = await sale();
    await shop.runToTheEnd(id);
    must(await stopWrites(shop, shop.ctx, { reason: 'stock take' }));
    must(await endCampaign(deps(), shop.ctx, { id }));
    const end = await endOf(id);
    expect(await shop.run(end)).toEqual({ comeBackAt: null });
    expect(await change(id)).toMatchObject({ state: 'ending', writesStopped: { reason: 'stock take' } });
    expect(await change(end)).toMatchObject({ state: 'applying', writesStopped: { reason: 'stock take' }, progress: { queued: 10 } });
    expect(prices()).toBe(Array(10).fill('800').join(' '));
    must(await resumeWrites(shop, shop.ctx));
    await shop.runToTheEnd(end);
    expect(await change(id)).toMatchObject({ state: 'ended' });
    expect(prices()).toBe(Array(10).fill('1000').join(' '));
  });
});
