import type { ItemRow } from './change.ts';
import { atTarget, pointOf, samePrice, targetOf } from './price-point.ts';
import type { PricePoint } from './price-point.ts';

/** A campaign as it lies on one variant. */
export interface Layer extends PricePoint {
  readonly changeId: string;
  readonly itemId: string;
  readonly priority: number;
  readonly startsAt: Date;
  readonly changeCreatedAt: Date;
}

/** A covered variant: its price without campaigns and the campaigns on it, the one that shows first. */
export interface Stack {
  readonly baseline: PricePoint;
  /** At least one. */
  readonly layers: readonly Layer[];
}

/** Below zero where `a` lies above `b`: larger priority, then later start, then later creation (RULES.md, "Campaigns"). */
export function compareLayers(a: Omit<Layer, 'price' | 'compareAt' | 'itemId'>, b: Omit<Layer, 'price' | 'compareAt' | 'itemId'>): number {
  return b.priority - a.priority || b.startsAt.getTime() - a.startsAt.getTime() || b.changeCreatedAt.getTime() - a.changeCreatedAt.getTime()
    || (a.changeId < b.changeId ? 1 : a.changeId > b.changeId ? -1 : 0);
}

/** What the shop shows of a covered variant: the top layer. */
export function shownBy(stack: Stack): PricePoint {
  return stack.layers[0] ?? stack.baseline;
}

/** What the change of a row is, as far as layers go. */
export interface LayerRole {
  readonly changeId: string;
  /** on: a campaign · set: everything else */
  readonly kind: 'on' | 'set';
  /** The change that is rolled back or ended. A row of it that was planned with this as its layer takes that layer off. */
  readonly campaignId: string | null;
  /** True where the campaign's own end does it, which may reveal another price than the one it was planned with. */
  readonly automatic: boolean;
  readonly priority: number;
  readonly startsAt: Date;
  readonly createdAt: Date;
}

/**
 * What follows from the ending of a row.
 * put: the campaign's layer lies on the variant, over `base` where it had none · baseline: the baseline under the layers is the row's
 * target · take: the layer came off
 */
export type LayerEffect = { readonly kind: 'none' } | { readonly kind: 'put'; readonly base: PricePoint } | { readonly kind: 'baseline' } | { readonly kind: 'take'; readonly campaignId: string };

export type RowDecision =
  | { readonly do: 'write'; readonly target: PricePoint; readonly expected: PricePoint; readonly effect: LayerEffect }
  | { readonly do: 'end'; readonly state: 'applied' | 'settled' | 'conflict' | 'failed'; readonly live: PricePoint | null; readonly verdict: string | null; readonly effect: LayerEffect };

const BENEATH = 'beneath_campaign: a campaign above shows its price; nothing was written';
const NONE: LayerEffect = { kind: 'none' };
const BASELINE_CHANGED = 'baseline_changed: the price without campaigns is no longer what the plan was made on';
const GONE = 'variant_gone: the shop no longer has this variant';

/** Whether a row that has ended took effect beneath a campaign: the shop shows the campaign's price, and nothing was written. */
export function isBeneath({ verdict }: Pick<ItemRow, 'verdict'>): boolean {
  return verdict?.startsWith('beneath_campaign') ?? false;
}

/** The price without campaigns that the plan was made on. */
function plannedOn(item: ItemRow): PricePoint {
  return item.baselinePrice === null ? pointOf(item.beforePrice, item.beforeCompareAt, item.beforeOrigin) : { price: item.baselinePrice, compareAt: item.baselineCompareAt };
}

/** What a person accepted when resolving a conflict, or what was live when the write went out; null where neither happened yet. */
function acceptedOf(item: ItemRow): PricePoint | null {
  return item.expectedPrice === null ? null : pointOf(item.expectedPrice, item.expectedCompareAt, item.expectedOrigin);
}

/** What a write of the row replaces: what a person accepted or what was live at that moment, else the price that the plan was made on. */
export function replacedBy(item: ItemRow): PricePoint {
  return acceptedOf(item) ?? plannedOn(item);
}

/**
 * Decides a row just before its write, from the live price and the campaigns on its variant as they are at its turn. At the target
 * already means settled: whether our own unanswered write or somebody else brought it there cannot be known. A live price that neither
 * the plan nor a campaign of ours explains is a conflict and stays.
 * `stack` is null where no campaign lies on the variant; `live` is null where the shop no longer has it.
 */
export function decideRow(item: ItemRow, role: LayerRole, stack: Stack | null, live: PricePoint | null): RowDecision {
  const off = role.campaignId !== null && item.layerId === role.campaignId;
  if (live === null) return { do: 'end', state: 'failed', live: null, verdict: GONE, effect: off ? { kind: 'take', campaignId: role.campaignId } : NONE };
  if (off) return takeOff(item, role, role.campaignId, stack, live);
  if (role.kind === 'on') return putOn(item, role, stack, live);
  return stack === null ? write(live, targetOf(item), replacedBy(item), NONE) : setBaseline(item, stack);
}

function write(live: PricePoint, target: PricePoint, expected: PricePoint, effect: LayerEffect): RowDecision {
  if (atTarget(live, target)) return { do: 'end', state: 'settled', live, verdict: null, effect };
  if (samePrice(live, expected)) return { do: 'write', target, expected, effect };
  return { do: 'end', state: 'conflict', live, verdict: null, effect: NONE };
}

/** A change without an end on a covered variant: only the price under the campaigns moves. */
function setBaseline(item: ItemRow, stack: Stack): RowDecision {
  const target = targetOf(item);
  if (samePrice(stack.baseline, target)) return { do: 'end', state: 'settled', live: target, verdict: BENEATH, effect: { kind: 'baseline' } };
  if (samePrice(stack.baseline, replacedBy(item))) return { do: 'end', state: 'applied', live: target, verdict: BENEATH, effect: { kind: 'baseline' } };
  return { do: 'end', state: 'conflict', live: stack.baseline, verdict: BASELINE_CHANGED, effect: NONE };
}

function putOn(item: ItemRow, role: LayerRole, stack: Stack | null, live: PricePoint): RowDecision {
  const target = targetOf(item);
  const accepted = acceptedOf(item);
  const base = plannedOn(item);
  if (stack === null) {
    // At the target before anything of ours went out: somebody made this the price without campaigns after the plan was made.
    const found = atTarget(live, target) ? { price: live.price, compareAt: live.compareAt } : base;
    return write(live, target, accepted ?? base, { kind: 'put', base: accepted ?? found });
  }
  const effect: LayerEffect = { kind: 'put', base: stack.baseline };
  const already = stack.layers.some((layer) => layer.changeId === role.changeId);
  if (accepted === null && !already && !samePrice(stack.baseline, base)) {
    return { do: 'end', state: 'conflict', live, verdict: BASELINE_CHANGED, effect: NONE };
  }
  const others = stack.layers.filter((layer) => layer.changeId !== role.changeId);
  const onTop = others[0] === undefined || compareLayers({ ...role, changeCreatedAt: role.createdAt }, others[0]) < 0;
  if (onTop) return write(live, target, accepted ?? shownBy(stack), effect);
  if (!samePrice(live, shownBy(stack)) && !(accepted && samePrice(live, accepted))) return { do: 'end', state: 'conflict', live, verdict: null, effect: NONE };
  return { do: 'end', state: 'applied', live, verdict: BENEATH, effect };
}

function takeOff(item: ItemRow, role: LayerRole, campaignId: string, stack: Stack | null, live: PricePoint): RowDecision {
  const effect: LayerEffect = { kind: 'take', campaignId };
  const ours = stack?.layers.find((layer) => layer.changeId === campaignId);
  if (!stack || !ours) return { do: 'end', state: 'settled', live, verdict: 'layer_gone: the campaign no longer lies on this variant', effect: NONE };
  if (stack.layers[0] !== ours) return { do: 'end', state: 'applied', live, verdict: BENEATH, effect };
  const revealed = stack.layers[1] ?? stack.baseline;
  const reveal: PricePoint = { price: revealed.price, compareAt: revealed.compareAt };
  // What was approved is this very price; what would come to light instead was not.
  if (!role.automatic && !samePrice(reveal, targetOf(item)) && !samePrice(live, reveal)) {
    return { do: 'end', state: 'conflict', live, verdict: 'campaigns_changed: another price would come to light than the one this plan restores', effect: NONE };
  }
  return write(live, reveal, acceptedOf(item) ?? ours, effect);
}
