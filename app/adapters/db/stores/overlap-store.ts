import type { ChangeRow } from '../../../domain/pricing/change.ts';
import type { OverlapStore, SharedRow } from '../../../ports/overlap-store.ts';
import { changeColumns } from './change-store.ts';
import { decodeCursor, page } from './cursor.ts';
import { many } from './rows.ts';
import type { Sql } from './rows.ts';

export function overlapStore(sql: Sql): OverlapStore {
  return {
    pricing: (limit) => many<ChangeRow>(sql,
      `select ${changeColumns} from price_changes
        where kind <> 'rollback' and (state in ('previewed', 'approved', 'scheduled', 'applying', 'paused') or (end_at is not null and state in ('applied', 'partially_applied'))
               or (state = 'draft' and series_id is not null and plan_hash is null))
        order by created_at desc, id desc limit $1`, [limit]),
    async sharedWith(changeId, others) {
      if (others.length === 0) return new Map();
      const rows = await many<{ id: string; n: number }>(sql,
        `select o.change_id as id, count(*)::int as n from price_change_items i
           join price_change_items o on o.variant_id = i.variant_id and o.change_id = any($2) and o.outcome = 'planned'
           join price_changes ic on ic.id = i.change_id join price_changes oc on oc.id = o.change_id and oc.price_list_id is not distinct from ic.price_list_id
          where i.change_id = $1 and i.outcome = 'planned' group by 1`, [changeId, others]);
      return new Map(rows.map((row) => [row.id, row.n]));
    },
    async sharedRows(changeId, otherId, { limit, cursor }) {
      const scope = { list: 'overlaps', filter: { changeId, otherId }, parts: ['integer'] } as const;
      const after = decodeCursor(cursor, scope);
      const rows = await many<SharedRow>(sql,
        `select i.position, i.variant_id, i.sku, i.title, i.before_price, i.before_compare_at, i.after_price as price, i.after_compare_at as compare_at,
                o.after_price as other_price, o.after_compare_at as other_compare_at
           from price_change_items i join price_change_items o on o.variant_id = i.variant_id and o.change_id = $2 and o.outcome = 'planned'
           join price_changes ic on ic.id = i.change_id join price_changes oc on oc.id = o.change_id and oc.price_list_id is not distinct from ic.price_list_id
          where i.change_id = $1 and i.outcome = 'planned' and i.position > $3 order by i.position limit $4`, [changeId, otherId, after?.[0] ?? -1, limit + 1]);
      return page(rows, limit, scope, (row) => [row.position]);
    },
  };
}
