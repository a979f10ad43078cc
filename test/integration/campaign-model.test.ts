import { afterEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { ConflictChoice } from '@calibr/types';
import { CampaignModel } from './campaign-model.ts';
import { CampaignShop } from './campaign-shop.ts';
import { useTestDatabase } from '../setup/database.ts';

const database = useTestDatabase();
/** `MODEL_RUNS=500` looks for longer; a failure prints its seed and path, for `MODEL_SEED` and `MODEL_PATH`. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10);
const SEED = process.env.MODEL_SEED;
const PATH = process.env.MODEL_PATH;
let shop: CampaignShop | null = null;
afterEach(async () => {
  await shop?.close();
  shop = null;
});

const percent = fc.integer({ min: -60, max: 40 }).filter((n) => n !== 0);
const variants = fc.constantFrom([1], [2], [1, 2]);
const nth = fc.nat(50);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('campaign' as const), percent, variants, priority: fc.integer({ min: -2, max: 2 }), sale: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), percent, variants, sale: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('endTwo' as const), nth, other: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rollback' as const), nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), variant: fc.constantFrom(1, 2), price: fc.integer({ min: 500, max: 2_000 }), compareAt: fc.option(fc.integer({ min: 500, max: 3_000 })) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resolve' as const), nth, choice: fc.constantFrom<ConflictChoice>('keep_live', 'write_ours', 'new_baseline') }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(step: Step, model: CampaignModel, real: CampaignShop): Promise<void> {
  const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
  switch (step.do) {
    case 'campaign':
    case 'change': {
      const made = { ...step, end: step.do === 'campaign', priority: step.do === 'campaign' ? step.priority : 0 };
      model.start(await real.run(made), made);
      return;
    }
    case 'end':
    case 'endTwo': {
      const ids = [pick(model.running(), step.nth), ...(step.do === 'endTwo' ? [pick(model.running(), step.other)] : [])].filter((id): id is string => id !== undefined);
      await real.endAtOnce([...new Set(ids)]);
      for (const id of new Set(ids)) model.end(id);
      return;
    }
    case 'rollback': {
      const id = pick(model.rollable(), step.nth);
      if (id !== undefined) model.rolledBack(id, await real.rollBack(id));
      return;
    }
    case 'edit':
      await real.edit(step.variant, { price: BigInt(step.price), compareAt: step.compareAt === null ? null : BigInt(step.compareAt) });
      model.edit(step.variant, { price: BigInt(step.price), compareAt: step.compareAt === null ? null : BigInt(step.compareAt) });
      return;
    case 'resolve': {
      const conflict = pick(model.conflicts(), step.nth);
      if (!conflict) return;
      const refused = await real.resolve(conflict, step.choice);
      expect(refused).toBe(model.resolve(conflict, step.choice) ? null : 'campaign_over');
    }
  }
}

describe('campaigns, against a model of layers over a baseline', () => {
  it.each(['calls', 'bulk'] as const)('show what the model shows after any starts, ends, edits, rollbacks and decisions, with prices out by %s', async (way) => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      await shop?.close();
      shop = await CampaignShop.open(database.urls.app, 2, way);
      const model = new CampaignModel([1, 2]);
      for (const [index, next] of steps.entries()) {
        await take(next, model, shop);
        const told = `after step ${index}: ${JSON.stringify(next)}`;
        expect(await shop.picture(), told).toEqual(model.picture());
      }
      // Leaving: whatever runs is ended, and what nobody edited shows the price without campaigns.
      await shop.endAtOnce(model.running());
      for (const id of model.running()) model.end(id);
      expect(await shop.picture(), 'after all campaigns ended').toEqual(model.picture());
      for (const variant of [1, 2]) if (!model.conflicts().some((conflict) => conflict.variant === variant)) expect(model.live(variant)).toEqual(model.baseline(variant));
      expect(await shop.differences()).toEqual([]);
    }), { numRuns: RUNS, endOnFailure: true, ...(SEED ? { seed: Number(SEED) } : {}), ...(PATH ? { path: PATH } : {}) });
  });
});
