import type { CatalogRow, RuleRow } from '../../app/domain/catalog/catalog-row.ts';
import type { SourceRecord } from '../../app/ports/catalog-source.ts';
import type { CatalogStore } from '../../app/ports/catalog-store.ts';
import { partly } from './memory-changes.ts';
import type { MemoryDb, VariantRec } from './memory-db.ts';
import type { MemoryTx } from './memory-tx.ts';

interface Seen { readonly variantId: string; readonly price: bigint; readonly compareAt: bigint | null; readonly updatedAt: Date | null }

const rowOf = (variant: VariantRec): RuleRow => ({
  variantId: variant.id, productId: variant.productId, variantRef: variant.ref, productRef: variant.productRef, sku: `S-${variant.ref}`, title: 'Only', productTitle: `Product ${variant.productRef}`,
  price: variant.price, compareAt: variant.compareAt, cost: variant.cost, mapPrice: null, baselinePrice: variant.baselinePrice, baselineCompareAt: variant.baselineCompareAt, layerId: variant.layerId,
});
const catalogRowOf = (variant: VariantRec): CatalogRow => ({
  ...rowOf(variant), barcode: '', handle: `p-${variant.productRef}`, vendor: '', productType: '', status: 'ACTIVE', tags: [], collections: [], createdAt: null, publishedAt: null,
  updatedAt: variant.updatedAt, inventoryQuantity: null, options: {}, active: variant.active,
});
const inOrder = (a: VariantRec, b: VariantRec): number => Number(a.productRef - b.productRef) || a.position - b.position;

/** The catalog as far as prices go: what was seen last wins by the channel's own time. */
export function memoryCatalog(db: MemoryDb, tx: MemoryTx): CatalogStore {
  const { variants } = db;
  const staged = new Map<string, SourceRecord[]>();
  const active = (): VariantRec[] => tx.all(variants).filter((variant) => variant.active).sort(inOrder);
  const set = (rows: readonly Seen[], now: Date): void => {
    for (const { variantId } of [...rows].sort((a, b) => (a.variantId < b.variantId ? -1 : 1))) tx.lock(`variant:${variantId}`);
    for (const { variantId, price, compareAt, updatedAt } of rows) {
      const variant = tx.get(variants, variantId)!;
      const current = updatedAt === null || variant.updatedAt === null || variant.updatedAt <= updatedAt || (variant.price === price && variant.compareAt === compareAt);
      if (!current) continue;
      const latest = updatedAt && (!variant.updatedAt || variant.updatedAt < updatedAt) ? updatedAt : variant.updatedAt;
      tx.patch(variants, variantId, { price, compareAt, updatedAt: latest, syncedAt: now });
    }
  };
  return partly<CatalogStore>('catalog', {
    counts: () => tx.statement(() => ({ products: new Set(active().map((variant) => variant.productRef)).size, variants: active().length })),
    async *stream() {
      const rows = await tx.statement(() => active().map(rowOf));
      if (rows.length) yield rows;
    },
    // Nothing of a product is kept but its variants.
    productUpdatedAt: async () => null,
    variantsOfProduct: (productRef) => tx.statement(() => active().filter((variant) => variant.productRef === productRef).map(catalogRowOf)),
    deactivateProduct: (ref, _at, now) => tx.statement(() => {
      const known = active().filter((variant) => variant.productRef === ref);
      for (const variant of known) tx.patch(variants, variant.id, { active: false, syncedAt: now });
      return known.length > 0;
    }),
    recordWritten: (rows, { now }) => tx.statement(() => set(rows, now)),
    recordSeen: (rows, { now }) => tx.statement(() => set(rows, now)),
    stage: async (batchId, _line, records) => void staged.set(batchId, [...(staged.get(batchId) ?? []), ...records]),
    merge: (batchId, { startedAt, now }) => tx.statement(() => {
      const records = (staged.get(batchId) ?? []).filter((record) => record.kind === 'variant');
      const products = new Set((staged.get(batchId) ?? []).flatMap((record) => (record.kind === 'product' ? [record.ref] : [])));
      const all = tx.all(variants);
      for (const variant of all) if (products.has(variant.productRef)) tx.lock(`variant:${variant.id}`);
      let moved = 0;
      for (const { ref, price, compareAt, updatedAt } of records) {
        const variant = all.find((known) => known.ref === ref);
        if (!variant) continue;
        const at = updatedAt === null ? null : new Date(updatedAt);
        const newer = variant.updatedAt === null || at === null || at > variant.updatedAt || (at.getTime() === variant.updatedAt.getTime() && variant.syncedAt <= startedAt);
        if (!newer) continue;
        if (variant.price !== price || variant.compareAt !== compareAt) moved++;
        tx.patch(variants, variant.id, { price, compareAt, updatedAt: at ?? variant.updatedAt, syncedAt: now, active: true });
      }
      let deactivated = 0;
      for (const variant of all) {
        if (!products.has(variant.productRef) || !variant.active || records.some((record) => record.ref === variant.ref)) continue;
        tx.patch(variants, variant.id, { active: false });
        deactivated++;
      }
      return { products: products.size, variants: records.length, priceChanges: moved, deactivated };
    }),
  });
}
