import type { ItemRow } from '../../../domain/pricing/change.ts';
import type { ItemStore } from '../../../ports/change-store.ts';
import { itemColumns } from './item-columns.ts';
import { affected, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/**
 * Products in the order of a hash over plan and product: the same for the same plan, and as if drawn for the merchant. Whole
 * products, because one write covers a product, until there are enough rows; the others stay planned.
 */
export function queueCanary(sql: Sql, changeId: string, planHash: string, rows: number): Promise<number> {
  return affected(sql,
    `with products as (select product_ref, count(*) as n from price_change_items where change_id = $1 and state = 'planned' group by 1),
     drawn as (select product_ref, sum(n) over (order by md5($2 || ':' || product_ref), product_ref rows unbounded preceding) - n as before from products)
     update price_change_items i set state = 'queued' from drawn d where i.change_id = $1 and i.state = 'planned' and i.product_ref = d.product_ref and d.before < $3`,
    [changeId, planHash, rows]);
}

export function rowsToVerify(sql: Sql, changeId: string, afterPosition: number, limit: number): Promise<ItemRow[]> {
  return many<ItemRow>(sql,
    `select ${itemColumns} from price_change_items i
      where i.change_id = $1 and i.state in ('applied', 'settled') and i.verified_at is null and i.position > $2 order by i.position limit $3`, [changeId, afterPosition, limit]);
}

export async function recordVerified(sql: Sql, verified: readonly string[], differing: Parameters<ItemStore['recordVerified']>[1], now: Date): Promise<ReadonlySet<string>> {
  if (verified.length) await sql.query(`update price_change_items set verified_at = $2, live_read_at = $2 where id = any($1::uuid[]) and verified_at is null`, [verified, now]);
  if (differing.length === 0) return new Set();
  const rows = await many<{ id: string }>(sql,
    `update price_change_items i
        set state = 'conflict', verified_at = $2, live_price = d.price, live_compare_at = d.compare_at, live_origin = d.origin, live_read_at = $2, verdict = d.verdict,
            resolution = null, resolved_by = null, expected_price = null, expected_compare_at = null
       from unnest($1::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[]) as d(id, price, compare_at, verdict, origin)
      where i.id = d.id and i.state in ('applied', 'settled') and i.verified_at is null returning i.id`,
    [differing.map(({ item }) => item.id), now, differing.map(({ live }) => live.price), differing.map(({ live }) => live.compareAt), differing.map(({ verdict }) => verdict), differing.map(({ live }) => live.origin ?? null)]);
  return new Set(rows.map((row) => row.id));
}

export async function countVerified(sql: Sql, changeId: string, verdict: string): Promise<{ verified: number; differing: number }> {
  return (await one<{ verified: number; differing: number }>(sql,
    `select count(*)::int as verified, count(*) filter (where verdict = $2)::int as differing
       from price_change_items where change_id = $1 and outcome = 'planned' and verified_at is not null`, [changeId, verdict]))!;
}
