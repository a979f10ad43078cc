import type { ItemRow } from '../../../domain/pricing/change.ts';
import type { Layer, Stack } from '../../../domain/pricing/layers.ts';
import type { DriftedLayer, LayerStore, LayerToEnd } from '../../../ports/layer-store.ts';
import { itemColumns } from './item-columns.ts';
import { cursorPages, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/** The one that shows first: `compareLayers`, in SQL. */
const topFirst = (layer: string): string => `${layer}.priority desc, ${layer}.starts_at desc, ${layer}.change_created_at desc, ${layer}.change_id desc`;

/** Which layer shows, and the baseline only while there is one. */
const RECOMPUTE = `update variants v set layer_id = t.change_id,
    baseline_price = case when t.change_id is not null then v.baseline_price end,
    baseline_compare_at = case when t.change_id is not null then v.baseline_compare_at end
  from unnest($1::uuid[]) as w(id)
  left join lateral (select l.change_id from price_layers l where l.variant_id = w.id order by ${topFirst('l')} limit 1) t on true
 where v.id = w.id`;

const layerOf = (row: { changeId: string; itemId: string; price: bigint; compareAt: bigint | null; priority: number; startsAt: Date; changeCreatedAt: Date }): Layer => ({
  changeId: row.changeId, itemId: row.itemId, price: row.price, compareAt: row.compareAt, priority: row.priority, startsAt: row.startsAt, changeCreatedAt: row.changeCreatedAt,
});

export function layerStore(sql: Sql, tenantId: string): LayerStore {
  return {
    async stacks(variantIds) {
      const rows = await many<Layer & { variantId: string; baselinePrice: bigint; baselineCompareAt: bigint | null }>(sql,
        `select l.variant_id, l.change_id, l.item_id, l.price, l.compare_at, l.priority, l.starts_at, l.change_created_at, v.baseline_price, v.baseline_compare_at
           from price_layers l join variants v on v.tenant_id = l.tenant_id and v.id = l.variant_id
          where l.variant_id = any($1) order by l.variant_id, ${topFirst('l')}`, [variantIds]);
      const stacks = new Map<string, Stack & { layers: Layer[] }>();
      for (const row of rows) {
        const stack = stacks.get(row.variantId);
        if (stack) stack.layers.push(layerOf(row));
        else stacks.set(row.variantId, { baseline: { price: row.baselinePrice, compareAt: row.baselineCompareAt }, layers: [layerOf(row)] });
      }
      return stacks;
    },
    async put(changeId, rows, { priority, startsAt, changeCreatedAt }) {
      if (rows.length === 0) return;
      const ids = rows.map((row) => row.variantId);
      await sql.query(
        `insert into price_layers as l (tenant_id, variant_id, change_id, item_id, price, compare_at, priority, starts_at, change_created_at)
         select $1, w.variant_id, $2, w.item_id, w.price, w.compare_at, $3, $4, $5
           from unnest($6::uuid[], $7::uuid[], $8::bigint[], $9::bigint[]) as w(variant_id, item_id, price, compare_at)
         on conflict (tenant_id, variant_id, change_id) do update set item_id = excluded.item_id, price = excluded.price, compare_at = excluded.compare_at`,
        [tenantId, changeId, priority, startsAt, changeCreatedAt, ids, rows.map((row) => row.itemId), rows.map((row) => row.price), rows.map((row) => row.compareAt)]);
      // One statement for the baseline and the layer that shows: neither is there without the other.
      await sql.query(
        `update variants v set layer_id = t.change_id,
            baseline_price = coalesce(v.baseline_price, w.price), baseline_compare_at = case when v.baseline_price is null then w.compare_at else v.baseline_compare_at end
           from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as w(id, price, compare_at)
           cross join lateral (select l.change_id from price_layers l where l.variant_id = w.id order by ${topFirst('l')} limit 1) t
          where v.id = w.id`, [ids, rows.map((row) => row.base.price), rows.map((row) => row.base.compareAt)]);
    },
    async setBaseline(rows) {
      if (rows.length === 0) return;
      await sql.query(
        `update variants v set baseline_price = w.price, baseline_compare_at = w.compare_at
           from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as w(id, price, compare_at) where v.id = w.id and v.baseline_price is not null`,
        [rows.map((row) => row.variantId), rows.map((row) => row.price), rows.map((row) => row.compareAt)]);
    },
    async take(changeId, variantIds) {
      if (variantIds.length === 0) return;
      await sql.query('delete from price_layers where change_id = $1 and variant_id = any($2)', [changeId, variantIds]);
      await sql.query(RECOMPUTE, [variantIds]);
    },
    async reprice(changeId, variantId, { price, compareAt }) {
      await sql.query('update price_layers set price = $3, compare_at = $4 where change_id = $1 and variant_id = $2', [changeId, variantId, price, compareAt]);
    },
    async repriceTop(variantId, { price, compareAt }) {
      await sql.query(
        `update price_layers l set price = $2, compare_at = $3 from variants v
          where l.variant_id = $1 and v.tenant_id = l.tenant_id and v.id = l.variant_id and v.layer_id = l.change_id`, [variantId, price, compareAt]);
    },
    async count(changeId) {
      return (await one<{ total: number; inConflict: number }>(sql,
        `select count(*)::int as total, count(*) filter (where i.state = 'conflict')::int as in_conflict
           from price_layers l join price_change_items i on i.tenant_id = l.tenant_id and i.id = l.item_id where l.change_id = $1`, [changeId]))!;
    },
    async *streamToEnd(changeId, batchSize) {
      type Row = ItemRow & { own: LayerJson; next: LayerJson | null; baseNowPrice: bigint; baseNowCompareAt: bigint | null };
      for await (const rows of cursorPages<Row>(sql, 'layers_to_end',
        `select ${itemColumns}, ${layerJson('l')} as own, n.layer as next, v.baseline_price as base_now_price, v.baseline_compare_at as base_now_compare_at
           from price_layers l
           join price_change_items i on i.tenant_id = l.tenant_id and i.id = l.item_id and i.state <> 'conflict'
           join variants v on v.tenant_id = l.tenant_id and v.id = l.variant_id
           left join lateral (select ${layerJson('o')} as layer from price_layers o
              where o.variant_id = l.variant_id and o.change_id <> l.change_id and o.state = 'running' order by ${topFirst('o')} limit 1) n on true
          where l.change_id = $1 order by i.position`, [changeId], batchSize)) {
        yield rows.map(({ own, next, baseNowPrice, baseNowCompareAt, ...item }): LayerToEnd => ({
          item, layer: fromJson(own), next: next && fromJson(next), baseline: { price: baseNowPrice, compareAt: baseNowCompareAt },
        }));
      }
    },
    async markEnding(changeId) {
      await sql.query(`update price_layers set state = 'ending' where change_id = $1`, [changeId]);
    },
    async campaigns() {
      return (await many<{ id: string }>(sql, 'select distinct change_id as id from price_layers')).map((row) => row.id);
    },
    async noteDrift(productRef, now) {
      // A conflict that is open already shows the price that was set last.
      await sql.query(
        `update price_change_items i set live_price = v.price, live_compare_at = v.compare_at, live_read_at = $2
           from price_layers l join variants v on v.tenant_id = l.tenant_id and v.id = l.variant_id and v.layer_id = l.change_id and v.active
          where i.id = l.item_id and i.state = 'conflict' and ($1::bigint is null or v.product_id = (select p.id from products p where p.ref = $1))
            and (i.live_price <> v.price or i.live_compare_at is distinct from v.compare_at)`, [productRef, now]);
      const rows = await many<ItemRow & { fromState: DriftedLayer['fromState'] }>(sql,
        `with drifted as materialized (
           select i.id, i.state as from_state, v.price, v.compare_at
             from price_layers l
             join variants v on v.tenant_id = l.tenant_id and v.id = l.variant_id and v.layer_id = l.change_id and v.active
             join price_change_items i on i.tenant_id = l.tenant_id and i.id = l.item_id
            where l.state = 'running' and ($1::bigint is null or v.product_id = (select p.id from products p where p.ref = $1))
              and (v.price <> l.price or v.compare_at is distinct from l.compare_at) and i.state in ('applied', 'settled', 'kept')
              and not exists (select from price_change_items e join price_changes c on c.tenant_id = e.tenant_id and c.id = e.change_id
                               where e.variant_id = l.variant_id and (e.state = 'writing' or (e.state = 'queued' and c.state = 'applying')))
              for update of i)
         update price_change_items i set state = 'conflict', live_price = d.price, live_compare_at = d.compare_at, live_read_at = $2,
            verdict = 'edited_in_shop: somebody set another price in the shop while the campaign runs', resolution = null, resolved_by = null, expected_price = null, expected_compare_at = null
           from drifted d where i.id = d.id returning ${itemColumns}, d.from_state`, [productRef, now]);
      return rows.map(({ fromState, ...item }) => ({ item, fromState }));
    },
  };
}

interface LayerJson { readonly changeId: string; readonly itemId: string; readonly price: string; readonly compareAt: string | null; readonly priority: number; readonly startsAt: string; readonly changeCreatedAt: string }

const layerJson = (l: string): string => `jsonb_build_object('changeId', ${l}.change_id, 'itemId', ${l}.item_id, 'price', ${l}.price::text, 'compareAt', ${l}.compare_at::text,
  'priority', ${l}.priority, 'startsAt', ${l}.starts_at, 'changeCreatedAt', ${l}.change_created_at)`;

function fromJson(json: LayerJson): Layer {
  return { ...json, price: BigInt(json.price), compareAt: json.compareAt === null ? null : BigInt(json.compareAt), startsAt: new Date(json.startsAt), changeCreatedAt: new Date(json.changeCreatedAt) };
}
