import { same, show } from './fake-shop.ts';
import type { Price } from './fake-shop.ts';
import type { Case } from './invariants.ts';
import type { ChangeRec } from './memory-db.ts';

interface Over extends Price { readonly change: ChangeRec }

const startOf = (change: ChangeRec): number => Math.max(change.scheduleAt?.getTime() ?? 0, change.approvedAt?.getTime() ?? 0);
const above = (a: Over, b: Over): number => b.change.priority - a.change.priority || startOf(b.change) - startOf(a.change)
  || b.change.createdAt.getTime() - a.change.createdAt.getTime() || (a.change.id < b.change.id ? 1 : -1);

/**
 * What each variant must show at the end, as RULES.md says it: the highest campaign that runs, or the price without campaigns. Folded
 * from the event log alone, for variants that nobody edited and of which every row came to its target.
 */
export function checkShown({ world, db, shop, told }: Case): void {
  for (const variant of db.variants.rows.values()) {
    const live = shop.priceOf(variant.ref);
    if (!live || shop.log.some((one) => one.ref === variant.ref && one.actor !== 'app')) continue;
    const rows = told.flatMap((event) => event.rows.filter((row) => row.variantId === variant.id).map((row) => ({ ...row, event })));
    if (rows.some((row) => row.state !== 'applied' && row.state !== 'settled')) continue;
    let baseline: Price = shop.initial.get(variant.ref)!;
    let layers: Over[] = [];
    for (const { after, event, itemId } of rows) {
      const change = db.changes.rows.get(event.changeId)!;
      const off = change.rollbackOf !== null && db.items.rows.get(itemId)!.layerId === change.rollbackOf ? change.rollbackOf : null;
      if (off !== null) layers = layers.filter((layer) => layer.change.id !== off);
      else if (change.endAt !== null && change.kind !== 'rollback') layers.push({ ...after, change });
      else baseline = after;
    }
    const shown = [...layers].sort(above)[0] ?? baseline;
    world.count('variants with a known price at the end');
    if (!same(shown, live)) world.wrong(`RULES v${variant.ref} shows ${show(live)}, and should show ${show(shown)} (${layers.length} campaigns, without them ${show(baseline)})`);
  }
}
