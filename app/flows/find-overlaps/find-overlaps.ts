import type { PriceOverlapList, PriceOverlapRowList, PricePair } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { timeOrNull } from '../../domain/kernel/money-dto.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { pricePair } from '../../domain/pricing/change-dto.ts';
import { judgeOverlap, windowsMeet } from '../../domain/pricing/overlap.ts';
import type { Contender } from '../../domain/pricing/overlap.ts';
import { runTimes } from '../../domain/schedules/timing.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

const notFound = (): Result<never> => problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
/** Other changes that are looked at; the newest of a shop with more. */
const OTHERS_MAX = 200;

/** When and how a change runs, or would run if it were approved now; null where its time is over. */
function contender(change: ChangeRow, now: Date): Contender | null {
  const planned = change.approvedAt === null ? runTimes(change, now) : ok({ scheduleAt: change.scheduleAt, endAt: change.endAt });
  if (!planned.ok) return null;
  return { id: change.id, startsAt: planned.value.scheduleAt, endsAt: planned.value.endAt, priority: change.priority, createdAt: change.createdAt };
}

/**
 * Other changes that price variants of this one at the same time: waiting for approval, scheduled, being applied, or campaigns that run.
 * Each with how many variants they share, whose price the shop shows, and why. Errors: not_found.
 */
export async function findOverlaps({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceOverlapList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    if (!change) return notFound();
    const now = ctx.now();
    const ours = contender(change, now);
    if (!ours || change.kind === 'rollback') return ok({ data: [], nextCursor: null });
    const others = (await tx.overlaps.pricing(OTHERS_MAX)).filter((other) => other.id !== id && other.parentId !== id);
    const meeting = others.flatMap((other) => {
      const theirs = contender(other, now);
      return theirs && windowsMeet(ours, theirs, now) ? [{ other, theirs }] : [];
    });
    const shared = await tx.overlaps.sharedWith(id, meeting.map(({ other }) => other.id));
    return ok({
      data: meeting.flatMap(({ other, theirs }) => {
        const variants = shared.get(other.id) ?? 0;
        if (variants === 0) return [];
        const { wins, reason } = judgeOverlap(ours, theirs, now);
        return [{
          change: { id: other.id, name: other.name, state: other.state, rule: other.ruleJson as never, priority: other.priority, startsAt: timeOrNull(theirs.startsAt), endsAt: timeOrNull(theirs.endsAt) },
          variants, wins, reason,
        }];
      }),
      nextCursor: null,
    });
  });
}

/** The variants that two changes share, row by row: what each makes of them and which shows. Errors: not_found. */
export async function overlapRows(
  { uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, otherId, limit, cursor }: { id: string; otherId: string; limit: number; cursor: string | null },
): Promise<Result<PriceOverlapRowList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const [change, other] = [await tx.changes.get(id), await tx.changes.get(otherId)];
    const ours = change && contender(change, ctx.now());
    const theirs = other && contender(other, ctx.now());
    if (!change || !other || !ours || !theirs) return notFound();
    const { wins, reason } = judgeOverlap(ours, theirs, ctx.now());
    const page = await tx.overlaps.sharedRows(id, otherId, { limit, cursor });
    const pair = (price: bigint, compareAt: bigint | null): PricePair => pricePair(price, compareAt, change.currencyCode);
    return ok({
      data: page.data.map((row) => ({
        variantId: row.variantId, sku: row.sku, title: row.title, before: pair(row.beforePrice, row.beforeCompareAt),
        this: pair(row.price, row.compareAt), other: pair(row.otherPrice, row.otherCompareAt), wins, reason,
      })),
      nextCursor: page.nextCursor,
    });
  });
}
