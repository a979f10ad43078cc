import type { ItemCounts } from '../../../domain/pricing/lifecycle.ts';
import type { ItemRow } from '../../../domain/pricing/change.ts';
import type { ItemStore } from '../../../ports/change-store.ts';
import { decodeCursor, page } from './cursor.ts';
import type { ListScope } from './cursor.ts';
import { countVerified, queueCanary, recordVerified, rowsToVerify } from './item-canary.ts';
import { itemColumns, itemColumnsWithTrace } from './item-columns.ts';
import { claimRows, finishRows, markIntentRows, nextDueRow, releaseRows } from './item-leases.ts';
import { insertPlanRows } from './plan-rows.ts';
import { affected, cursorPages, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

export function itemStore(sql: Sql, tenantId: string): ItemStore {
  return {
    insertPlan: (changeId, rows) => insertPlanRows(sql, tenantId, changeId, rows),
    async deletePlan(changeId) {
      await sql.query('delete from price_change_items where change_id = $1', [changeId]);
    },
    streamPlan: (changeId, batchSize) => cursorPages<ItemRow>(sql, 'plan_rows', `select ${itemColumns} from price_change_items i where i.change_id = $1 order by i.position`, [changeId], batchSize),
    async list(changeId, filter, { limit, cursor }) {
      const scope: ListScope = { list: 'items', filter: { changeId, ...filter }, parts: ['integer'] };
      const after = decodeCursor(cursor, scope);
      const rows = await many<ItemRow>(sql,
        `select ${itemColumns} from price_change_items i
          where i.change_id = $1 and ($2::text is null or i.outcome = $2) and ($3::text is null or i.state = $3) and ($4::text is null or i.reason = $4)
            and ($5::text is null or position(lower($5) in lower(i.title || ' ' || i.sku)) > 0) and i.position > $6
          order by i.position limit $7`,
        [changeId, filter.outcome ?? null, filter.state ?? null, filter.reason ?? null, filter.query ?? null, after?.[0] ?? -1, limit + 1]);
      return page(rows, limit, scope, (row) => [row.position]);
    },
    get: (changeId, itemId) => one<ItemRow>(sql, `select ${itemColumnsWithTrace} from price_change_items i where i.change_id = $1 and i.id = $2`, [changeId, itemId]),
    streamWritten: (changeId, itemIds, batchSize) => cursorPages(sql, 'written_rows',
      `select ${itemColumns}, case when c.price_list_id is null then v.price else lp.unit_amount end as catalog_price,
              case when c.price_list_id is null then v.compare_at else lp.compare_at end as catalog_compare_at, lp.origin as catalog_origin
         from price_change_items i join price_changes c on c.tenant_id = i.tenant_id and c.id = i.change_id
         left join variants v on v.tenant_id = i.tenant_id and v.id = i.variant_id and v.active
         left join price_list_prices lp on lp.tenant_id = v.tenant_id and lp.price_list_id = c.price_list_id and lp.variant_id = v.id and lp.valid_to is null
        where i.change_id = $1 and i.state in ('applied', 'settled') and ($2::uuid[] is null or i.id = any($2)) order by i.position`, [changeId, itemIds], batchSize),
    async countByState(changeId) {
      const rows = await many<{ state: string; n: number }>(sql, 'select state, count(*)::int as n from price_change_items where change_id = $1 group by state', [changeId]);
      return Object.fromEntries(rows.map((row) => [row.state, row.n])) as ItemCounts;
    },
    queuePlanned: (changeId) => affected(sql,
      `update price_change_items set state = 'queued' where change_id = $1 and state = 'planned'`, [changeId]),
    queueCanary: (changeId, planHash, rows) => queueCanary(sql, changeId, planHash, rows),
    toVerify: (changeId, after, limit) => rowsToVerify(sql, changeId, after, limit),
    recordVerified: (verified, differing, now) => recordVerified(sql, verified, differing, now),
    countVerified: (changeId, verdict) => countVerified(sql, changeId, verdict),
    cancelQueued: (changeId, now) => affected(sql,
      `update price_change_items set state = 'cancelled', finished_at = $2, owner = null, lease_until = null
        where change_id = $1 and state in ('planned', 'queued')`, [changeId, now]),
    claim: (changeId, options) => claimRows(sql, changeId, options),
    markIntent: (rows, owner, when) => markIntentRows(sql, rows, owner, when),
    finish: (endings, owner, now) => finishRows(sql, endings, owner, now),
    release: (items, owner, options) => releaseRows(sql, items, owner, options),
    left: async (changeId) => (await one<{ rows: number; products: number }>(sql, `select count(*)::int as rows, count(distinct product_ref)::int as products from price_change_items where change_id = $1 and state = 'queued'`, [changeId]))!,
    anyQueued: async (changeId) => (await one(sql, `select 1 as queued from price_change_items where change_id = $1 and state = 'queued' limit 1`, [changeId])) !== null,
    nextDue: (changeId, now, quietMs) => nextDueRow(sql, changeId, now, quietMs),
    resolve: async (itemId, { state, resolution, by, expected, now }) => (await affected(sql,
      `update price_change_items set state = $2, resolution = $3, resolved_by = $4, expected_price = coalesce($5, expected_price),
          expected_compare_at = case when $5::bigint is null then expected_compare_at else $6 end, expected_origin = coalesce($8, expected_origin),
          finished_at = case when $2 = 'kept' then $7::timestamptz end, attempts = 0, run_at = null, owner = null, lease_until = null, intent_at = null
        where id = $1 and state = 'conflict'`,
      [itemId, state, resolution, by, expected?.price ?? null, expected?.compareAt ?? null, now, expected?.origin ?? null])) > 0,
  };
}
