import type { PriceOverlapList, PriceOverlapRowList, PricePair } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { timeOrNull } from '../../domain/kernel/money-dto.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { pricePair } from '../../domain/pricing/change-dto.ts';
import { firstMeeting, judgeOverlap } from '../../domain/pricing/overlap.ts';
import type { Contender } from '../../domain/pricing/overlap.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { runTimes } from '../../domain/schedules/timing.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

const notFound = (): Result<never> => problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
/** Other changes that are looked at; the newest of a shop with more. */
const OTHERS_MAX = 200;

/** When and how a change runs, or would run if it were approved now; null where its time is over. */
function contender(change: ChangeRow, now: Date): Contender | null {
  const planned = change.approvedAt === null ? runTimes(change, now) : ok({ scheduleAt: change.scheduleAt, endAt: change.endAt });
  if (!planned.ok) return null;
  const schedule = change.scheduleJson as RuleSchedule | null;
  // Once its window has come the next change of its series stands for those that follow.
  const again = schedule?.recurrence && (change.approvedAt === null || change.followAt !== null) ? schedule : null;
  return { id: change.id, startsAt: planned.value.scheduleAt, endsAt: planned.value.endAt, priority: change.priority, createdAt: change.createdAt, again };
}

/** Whose rows say what a change does: its own, or, until it is planned, those of the last one of its series. */
async function rowsOf(tx: Tx, change: ChangeRow): Promise<string> {
  if (change.planHash !== null || change.seriesId === null) return change.id;
  return (await tx.schedules.lastApproved(change))?.id ?? change.id;
}

/**
 * Other changes that price variants of this one at the same time: waiting for approval, scheduled, being applied, campaigns that run, and
 * the later windows of what comes again, by the rows of its last plan. Each with how many variants they share, whose price the shop
 * shows, and why. Errors: not_found.
 */
export async function findOverlaps({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceOverlapList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    if (!change) return notFound();
    const now = ctx.now();
    const own = contender(change, now);
    if (!own || change.kind === 'rollback') return ok({ data: [], nextCursor: null });
    // Windows of one series do not overlap.
    const others = (await tx.overlaps.pricing(OTHERS_MAX)).filter((other) => other.id !== id && other.parentId !== id && (other.seriesId === null || other.seriesId !== change.seriesId));
    const meeting: { other: ChangeRow; rows: string; ours: Contender; theirs: Contender }[] = [];
    for (const other of others) {
      const theirs = contender(other, now);
      const found = theirs && firstMeeting(own, theirs, now);
      if (found) meeting.push({ other, rows: await rowsOf(tx, other), ...found });
    }
    const shared = await tx.overlaps.sharedWith(await rowsOf(tx, change), meeting.map(({ rows }) => rows));
    return ok({
      data: meeting.flatMap(({ other, rows, ours, theirs }) => {
        const variants = shared.get(rows) ?? 0;
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
    const met = firstMeeting(ours, theirs, ctx.now()) ?? { ours, theirs };
    const { wins, reason } = judgeOverlap(met.ours, met.theirs, ctx.now());
    const page = await tx.overlaps.sharedRows(await rowsOf(tx, change), await rowsOf(tx, other), { limit, cursor });
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
