import type { ChangeRow } from '../../../domain/pricing/change.ts';
import type { StaleReason, StaleRow, StaleStore } from '../../../ports/stale-store.ts';
import { cursorPages, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/** A variant's price without campaigns, and that which the plan's row was made on; with cost and compare-at they are what a rule works on. */
const NOW = `coalesce(v.baseline_price, v.price), case when v.baseline_price is null then v.compare_at else v.baseline_compare_at end`;
const SEEN = `coalesce(i.baseline_price, i.before_price), case when i.baseline_price is null then i.before_compare_at else i.baseline_compare_at end`;
const MOVED = `(${NOW}, v.cost) is distinct from (${SEEN}, i.cost)`;
/** Somebody else than we set the price that is open now. */
const NOT_OURS = `exists (select from price_versions pv where pv.variant_id = v.id and pv.valid_to is null and pv.price_change_id is null)`;

const staleRows = `from price_change_items i
   join variants v on v.tenant_id = i.tenant_id and v.id = i.variant_id and v.active
   join products p on p.tenant_id = v.tenant_id and p.id = v.product_id and p.active
  where i.change_id = $1
    and (i.state = 'conflict'
      or (i.state in ('planned', 'unchanged', 'blocked') and ${MOVED})
      or (i.state in ('applied', 'settled') and case when $2 then ${MOVED}
            else ((${NOW}) is distinct from (i.after_price, i.after_compare_at) and ${NOT_OURS}) or ($3 and v.cost is distinct from i.cost) end))
    and not exists (select from price_changes d join price_change_items di on di.tenant_id = d.tenant_id and di.change_id = d.id
                     where d.parent_id = $1 and d.kind = 'delta' and d.approved_hash is not null and d.state <> 'cancelled' and di.source_item_id = i.id)`;

/** Rows of the parent that the delta was made from. */
const takenOver = `i.change_id = $1 and i.id in (select d.source_item_id from price_change_items d where d.change_id = $2)`;

export function staleStore(sql: Sql): StaleStore {
  const params = ({ id, endAt }: Pick<ChangeRow, 'id' | 'endAt'>, costCounts: boolean): unknown[] => [id, endAt !== null, costCounts];
  return {
    rows: (change, costCounts, batchSize) => cursorPages<StaleRow>(sql, 'stale_rows',
      `select i.id as item_id, i.variant_id ${staleRows} order by i.position`, params(change, costCounts), batchSize),
    count: async (change, costCounts) => (await one<{ n: number }>(sql, `select count(*)::int as n ${staleRows}`, params(change, costCounts)))!.n,
    plans: (productRef) => many<{ id: string; reason: StaleReason }>(sql,
      `select * from (
         select c.id, c.created_at, case
             when c.state = 'previewed' and c.rule_id is not null and r.version is distinct from c.rule_version then 'rule_changed'
             when c.state = 'previewed' and c.policy_version is distinct from g.version then 'policy_changed'
             when c.price_list_id is null and exists (
               select from price_change_items i join variants v on v.tenant_id = i.tenant_id and v.id = i.variant_id
                where i.change_id = c.id and i.state in ('planned', 'unchanged', 'blocked') and ($1::bigint is null or i.product_ref = $1) and v.active and ${MOVED}) then 'prices_moved' end as reason
           from price_changes c
           left join discount_policies r on r.tenant_id = c.tenant_id and r.id = c.rule_id and r.deleted_at is null
           left join discount_policies g on g.tenant_id = c.tenant_id and g.type = 'guardrail' and g.deleted_at is null
          where c.state in ('previewed', 'approved', 'scheduled') and c.activity is null and c.stale_reason is null and c.kind <> 'rollback') open
        where reason is not null order by created_at limit 200`, [productRef]),
    fitAgain: async () => (await many<{ id: string }>(sql,
      `select c.id from price_changes c
        where c.state in ('previewed', 'approved', 'scheduled') and c.activity is null and c.stale_reason = 'prices_moved' and not exists (
          select from price_change_items i join variants v on v.tenant_id = i.tenant_id and v.id = i.variant_id
           where i.change_id = c.id and i.state in ('planned', 'unchanged', 'blocked') and v.active and ${MOVED})
        order by c.created_at limit 200`, [])).map(({ id }) => id),
    async supersede(parentId, deltaId, { by, now }) {
      const rows = await many<{ state: string; n: number }>(sql,
        `with closed as (
           update price_change_items i set state = case i.state when 'conflict' then 'kept' else 'cancelled' end,
               resolution = case i.state when 'conflict' then 'delta' end, resolved_by = case i.state when 'conflict' then $3 end, finished_at = $4
            where ${takenOver} and i.state in ('conflict', 'planned') returning i.state)
         select state, count(*)::int as n from closed group by state`, [parentId, deltaId, by, now]);
      const of = (state: string): number => rows.find((row) => row.state === state)?.n ?? 0;
      return { kept: of('kept'), cancelled: of('cancelled') };
    },
    layered: (parentId, deltaId) => many(sql,
      `select i.variant_id, i.live_price as price, i.live_compare_at as compare_at
         from price_change_items i join price_layers l on l.tenant_id = i.tenant_id and l.variant_id = i.variant_id and l.change_id = i.change_id
        where ${takenOver} and i.state = 'conflict' and i.live_price is not null`, [parentId, deltaId]),
  };
}
