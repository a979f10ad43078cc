import { compareLayers } from '../../app/domain/pricing/layers.ts';
import type { Layer, Stack } from '../../app/domain/pricing/layers.ts';
import type { PricePoint } from '../../app/domain/pricing/price-point.ts';
import type { DriftedLayer, LayerStore } from '../../app/ports/layer-store.ts';
import type { LayerRec, MemoryDb } from './memory-db.ts';
import type { MemoryTx } from './memory-tx.ts';

const key = (variantId: string, changeId: string): string => `${variantId}|${changeId}`;
const layerOf = ({ changeId, itemId, price, compareAt, priority, startsAt, changeCreatedAt }: LayerRec): Layer => ({ changeId, itemId, price, compareAt, priority, startsAt, changeCreatedAt });

export function memoryLayers(db: MemoryDb, tx: MemoryTx): LayerStore {
  const { layers, variants, items } = db;
  const on = (variantId: string): LayerRec[] => tx.all(layers).filter((layer) => layer.variantId === variantId).sort(compareLayers);
  const of = (changeId: string): LayerRec[] => tx.all(layers).filter((layer) => layer.changeId === changeId);
  const lockVariants = (ids: readonly string[]): void => {
    for (const id of [...ids].sort()) tx.lock(`variant:${id}`);
  };
  /** Which layer shows, and the baseline only while there is one. */
  const recompute = (id: string, base?: PricePoint): void => {
    const top = on(id)[0] ?? null;
    const variant = tx.get(variants, id)!;
    const had = variant.baselinePrice !== null;
    tx.patch(variants, id, {
      layerId: top?.changeId ?? null,
      baselinePrice: top ? (variant.baselinePrice ?? base?.price ?? null) : null,
      baselineCompareAt: top ? (had || !base ? variant.baselineCompareAt : base.compareAt) : null,
    });
  };
  const shows = (variantId: string, point: PricePoint): boolean => {
    const variant = tx.get(variants, variantId)!;
    return variant.price === point.price && variant.compareAt === point.compareAt;
  };

  return {
    stacks: (variantIds) => tx.statement(() => {
      const stacks = new Map<string, Stack>();
      for (const id of variantIds) {
        const list = on(id);
        const variant = tx.get(variants, id);
        if (list.length && variant) stacks.set(id, { baseline: { price: variant.baselinePrice!, compareAt: variant.baselineCompareAt }, layers: list.map(layerOf) });
      }
      return stacks;
    }),
    put: (changeId, rows, order) => tx.statement(() => {
      lockVariants(rows.map((row) => row.variantId));
      for (const { variantId, itemId, price, compareAt, base } of rows) {
        const had = tx.get(layers, key(variantId, changeId));
        tx.put(layers, key(variantId, changeId), had ? { ...had, itemId, price, compareAt } : { changeId, variantId, itemId, price, compareAt, ...order, state: 'running' });
        recompute(variantId, base);
      }
    }),
    setBaseline: (rows) => tx.statement(() => {
      lockVariants(rows.map((row) => row.variantId));
      for (const { variantId, price, compareAt } of rows) {
        if (tx.get(variants, variantId)!.baselinePrice !== null) tx.patch(variants, variantId, { baselinePrice: price, baselineCompareAt: compareAt });
      }
    }),
    take: (changeId, variantIds) => tx.statement(() => {
      lockVariants(variantIds);
      for (const id of variantIds) {
        if (tx.get(layers, key(id, changeId))) tx.put(layers, key(id, changeId), null);
        recompute(id);
      }
    }),
    reprice: (changeId, variantId, { price, compareAt }) => tx.statement(() => {
      if (tx.get(layers, key(variantId, changeId))) tx.patch(layers, key(variantId, changeId), { price, compareAt });
    }),
    repriceTop: (variantId, { price, compareAt }) => tx.statement(() => {
      const top = tx.get(variants, variantId)!.layerId;
      if (top !== null) tx.patch(layers, key(variantId, top), { price, compareAt });
    }),
    count: (changeId) => tx.statement(() => {
      const own = of(changeId);
      return { total: own.length, inConflict: own.filter((layer) => tx.get(items, layer.itemId)?.state === 'conflict').length };
    }),
    async *streamToEnd(changeId) {
      yield await tx.statement(() => of(changeId).flatMap((layer) => {
        const item = tx.get(items, layer.itemId)!;
        const variant = tx.get(variants, layer.variantId)!;
        const next = on(layer.variantId).find((other) => other.changeId !== changeId && other.state === 'running');
        return item.state === 'conflict' ? [] : [{ item, layer: layerOf(layer), next: next ? layerOf(next) : null, baseline: { price: variant.baselinePrice!, compareAt: variant.baselineCompareAt } }];
      }).sort((a, b) => a.item.position - b.item.position));
    },
    markEnding: (changeId) => tx.statement(() => {
      for (const layer of of(changeId)) tx.patch(layers, key(layer.variantId, changeId), { state: 'ending' });
    }),
    campaigns: () => tx.statement(() => [...new Set(tx.all(layers).map((layer) => layer.changeId))]),
    noteDrift: (productRef, now) => tx.statement(() => {
      const shown = tx.all(layers).filter((layer) => {
        const variant = tx.get(variants, layer.variantId)!;
        return variant.layerId === layer.changeId && variant.active && (productRef === null || variant.productRef === productRef);
      });
      for (const { itemId } of shown) tx.lock(`item:${itemId}`);
      const drifted: DriftedLayer[] = [];
      for (const layer of shown) {
        const item = tx.get(items, layer.itemId)!;
        const variant = tx.get(variants, layer.variantId)!;
        const live = { livePrice: variant.price, liveCompareAt: variant.compareAt, liveReadAt: now };
        if (item.state === 'conflict' && ((item.livePrice !== null && item.livePrice !== variant.price) || item.liveCompareAt !== variant.compareAt)) tx.patch(items, item.id, live);
        if (layer.state !== 'running' || shows(layer.variantId, layer) || (item.state !== 'applied' && item.state !== 'settled' && item.state !== 'kept')) continue;
        const busy = tx.all(items).some((other) => other.variantId === layer.variantId && (other.state === 'writing' || (other.state === 'queued' && tx.get(db.changes, other.changeId)!.state === 'applying')));
        if (busy) continue;
        const fromState = item.state;
        const conflict = tx.patch(items, item.id, {
          ...live, state: 'conflict', verdict: 'edited_in_shop: somebody set another price in the shop while the campaign runs', resolution: null, resolvedBy: null, expectedPrice: null, expectedCompareAt: null,
        });
        drifted.push({ item: conflict, fromState });
      }
      return drifted;
    }),
  };
}
