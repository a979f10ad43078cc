import { FEW_ROWS, GUESSED_PACE, chooseWay, paceOfOperations } from '../../domain/pricing/write-way.ts';
import type { ChosenWay, Way, WayFacts } from '../../domain/pricing/write-way.ts';
import { READ_ROWS } from './apply-deps.ts';
import type { ApplyRun } from './apply-deps.ts';
import { FRESH_MS } from './read-ahead.ts';

/** Between two choices while nothing else asks for one: counting the rows of a large change costs as much as writing some. */
const JUDGE_EVERY_MS = 30_000;
const JUDGE_AGAIN_MS = 5_000;
/** Operations that the pace is learned from; older than a week, a shop may have become another. */
const PACES = 20;
const PACES_MS = 7 * 24 * 60 * 60_000;

export interface WayChooser {
  way(): Way;
  /** Prices of one operation, and the products that about so many belong to. */
  size(): { readonly rows: number; readonly products: number };
  /** Chooses again where the last choice is no longer fresh, `soon` after something has changed; all who ask at once get one choice. */
  look(options?: { readonly soon: boolean }): Promise<void>;
  /** The shop takes no operation now: by calls until the next choice. */
  refused(why: string): Promise<void>;
}

/**
 * Which way the rest of a change goes out: judged when a run begins, after each operation and from time to time, by what is left. A
 * choice that differs from the one before is kept on the change with its numbers. Price lists, and a run without the other way, go by calls.
 */
export function wayChooser({ deps, ctx, shop, id }: ApplyRun, recorded: ChosenWay | null, { mayWrite, whenJudged }: { readonly mayWrite: boolean; readonly whenJudged: () => Promise<void> }): WayChooser {
  const bulk = mayWrite && shop.priceListRef === undefined ? deps.bulk : undefined;
  let last = recorded;
  let way: Way = 'calls';
  let size = { rows: 1, products: 1 };
  let judgedAt = -Infinity;
  let judging: Promise<void> | null = null;

  const keep = async (choice: ChosenWay): Promise<void> => {
    way = choice.chosen;
    judgedAt = ctx.now().getTime();
    // A first part is small, and the rest after it is another matter.
    if (last && last.chosen === choice.chosen && choice.rows <= last.rows) return;
    last = choice;
    await deps.uow.run(ctx.tenantId, (tx) => tx.changes.update(id, { way: choice }, ctx.now()));
    bulk?.countWay?.(choice.chosen);
    ctx.log.info({ changeId: id, ...choice }, 'The way that prices go out was chosen');
  };

  const judge = async (): Promise<void> => {
    if (!bulk) return;
    await whenJudged();
    const { left, paces } = await deps.uow.run(ctx.tenantId, async (tx) => ({
      left: await tx.items.left(id), paces: await tx.bulkWrites.paces({ limit: PACES, since: new Date(ctx.now().getTime() - PACES_MS) }),
    }));
    if (left.rows === 0) {
      judgedAt = ctx.now().getTime();
      return;
    }
    const common = { decidedAt: ctx.now().toISOString(), ...left, callsSeconds: null, bulkSeconds: null, rowsPerOperation: null };
    const plain = { ...GUESSED_FACTS, ...left };
    if (left.rows <= FEW_ROWS && !bulk.only) return keep({ ...common, chosen: 'calls', sentence: chooseWay(plain).sentence });
    const budget = await bulk.writes.budget(shop);
    const each = left.rows / left.products;
    const facts: WayFacts = !budget ? plain : factsOf(budget, each);
    const choice = chooseWay(facts);
    const rows = choice.rowsPerOperation;
    size = { rows, products: Math.max(1, Math.ceil(rows / each)) };
    if (bulk.only) return keep({ ...common, chosen: bulk.only, sentence: `By ${bulk.only === 'bulk' ? 'bulk operations' : 'single calls'}, as was asked for.` });
    if (!budget) return keep({ ...common, chosen: 'calls', sentence: 'By single calls: the store has not said yet how much its rate limit leaves.' });
    return keep({ decidedAt: common.decidedAt, ...left, ...choice });

    function factsOf({ available, restoreRate, latencyMs, readPoints, writePoints }: NonNullable<typeof budget>, perProduct: number): WayFacts {
      const writeProductPoints = writePoints(Math.max(1, Math.round(Math.min(perProduct, READ_ROWS))));
      // As many products are read together as will be written while what was read is fresh.
      const together = Math.max(1, Math.min(Math.floor(READ_ROWS / perProduct), Math.floor((FRESH_MS / 1_000) * (restoreRate / writeProductPoints))));
      return {
        ...left, available, restoreRate, latencySeconds: latencyMs / 1_000, callsAtOnce: deps.channel.callsAtOnce?.(shop) ?? deps.concurrency,
        callsPerProduct: 1 + 1 / together, readProductPoints: readPoints(Math.round(together * perProduct)) / together, writeProductPoints,
        readPoints: readPoints(READ_ROWS), readRows: READ_ROWS, operations: paceOfOperations(paces), operationsAtOnce: bulk!.writes.maxAtOnce,
      };
    }
  };

  return {
    way: () => way,
    size: () => size,
    async look({ soon } = { soon: false }) {
      if (!bulk || ctx.now().getTime() - judgedAt < (soon ? JUDGE_AGAIN_MS : JUDGE_EVERY_MS)) return;
      judging ??= judge().finally(() => { judging = null; });
      await judging;
    },
    async refused(why) {
      ctx.log.warn({ changeId: id, why }, 'Shopify takes no bulk operation now; prices go out by single calls');
      const { rows, products } = await deps.uow.run(ctx.tenantId, (tx) => tx.items.left(id));
      await keep({ chosen: 'calls', decidedAt: ctx.now().toISOString(), rows, products, callsSeconds: null, bulkSeconds: null, rowsPerOperation: null, sentence: `By single calls: Shopify took no bulk operation (${why}).` });
    },
  };
}

/** Where the shop has told nothing of itself: a store of the smallest plan. */
const GUESSED_FACTS: Omit<WayFacts, 'rows' | 'products'> = {
  callsAtOnce: 1, latencySeconds: 0.5, available: 0, restoreRate: 100, callsPerProduct: 2, readProductPoints: 1, writeProductPoints: 10.2, readPoints: READ_ROWS, readRows: READ_ROWS,
  operations: GUESSED_PACE, operationsAtOnce: 1,
};
