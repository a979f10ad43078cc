import { decideRow } from '../../domain/pricing/layers.ts';
import type { LayerEffect, LayerRole, Stack } from '../../domain/pricing/layers.ts';
import { atTarget } from '../../domain/pricing/price-point.ts';
import type { PricePoint } from '../../domain/pricing/price-point.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import type { ItemEnding } from '../../ports/change-store.ts';
import type { LivePrice, RowVerdict } from '../../ports/price-channel.ts';

/** A row with the price it is about to get. */
export interface Intended {
  readonly item: ItemRow;
  readonly target: PricePoint;
  readonly expected: PricePoint;
  readonly effect: LayerEffect;
}

/** Sorts rows whose live price was just read: those that end now, and those that are to be written. */
export function decideRows(
  rows: readonly ItemRow[], role: LayerRole, stacks: ReadonlyMap<string, Stack>, live: ReadonlyMap<bigint, LivePrice | null>, { maxAttempts, requestId }: { maxAttempts: number; requestId: string | null },
): { toWrite: Intended[]; endings: ItemEnding[] } {
  const toWrite: Intended[] = [];
  const endings: ItemEnding[] = [];
  for (const item of rows) {
    const shown = live.get(item.variantRef) ?? null;
    const decision = decideRow(item, role, stacks.get(item.variantId) ?? null, shown);
    if (decision.do === 'end') endings.push({ item, state: decision.state, live: decision.live, verdict: decision.verdict, requestId, effect: decision.effect });
    // Sent as often as it may be, each time without an answer, and the quiet period has shown that it did not land.
    else if (item.attempts >= maxAttempts) endings.push({ item, state: 'failed', live: shown, verdict: 'attempts_spent: the shop never answered, and the price did not arrive', requestId });
    else toWrite.push({ item, target: decision.target, expected: decision.expected, effect: decision.effect });
  }
  return { toWrite, endings };
}

/** How a row ends that the shop has given its verdict on. */
export function endingOfVerdict({ item, target, effect }: Pick<Intended, 'item' | 'target' | 'effect'>, verdict: RowVerdict, requestId: string | null): ItemEnding {
  if (verdict.kind === 'refused') return { item, state: 'failed', live: null, verdict: `${verdict.code}: ${verdict.message}`, requestId };
  // Read back something else than we wrote: somebody was there between write and answer, and the newer value stays.
  if (!atTarget(verdict.live, target)) return { item, state: 'conflict', live: verdict.live, verdict: 'overwritten: written, but the shop showed another price when it was read back', requestId };
  return { item, state: 'applied', live: verdict.live, verdict: null, requestId, effect };
}

/** What the verdicts read back. */
export function livePricesOf(verdicts: ReadonlyMap<bigint, RowVerdict>): ReadonlyMap<bigint, LivePrice | null> {
  return new Map([...verdicts].flatMap(([ref, verdict]) => (verdict.kind === 'written' ? [[ref, verdict.live] as const] : [])));
}
