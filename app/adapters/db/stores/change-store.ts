import type { ChangeRow } from '../../../domain/pricing/change.ts';
import type { ChangeStore } from '../../../ports/change-store.ts';
import { decodeCursor, page } from './cursor.ts';
import type { ListScope } from './cursor.ts';
import { assignments, json, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/** Columns of a ChangeRow. */
export const changeColumns = `id, name, kind, state, activity, rule_id, rule_version, rule_json, schedule_json, schedule_at, end_at, priority, currency_code,
  price_list_id, (select l.name from price_lists l where l.id = price_list_id) as price_list_name,
  plan_hash, plan_version, policy_version, summary, previewed_at, approved_hash, approved_by, approved_at, approval_comment, approvals_required,
  started_at, finished_at, pause_code, pause_reason, pause_on, canary_percent, canary, failure, rollback_of, parent_id,
  series_id, occurrence_at, follow_at, plan_at, content_hash, note, stale_reason, way, correlation_id, created_by, created_at, updated_at`;
const jsonColumns: ReadonlySet<string> = new Set(['rule_json', 'selector_json', 'transform_json', 'schedule_json', 'summary', 'pause_on', 'canary', 'way']);

export function changeStore(sql: Sql, tenantId: string): ChangeStore {
  return {
    create: async (row) => (await one<ChangeRow>(sql,
      `insert into price_changes (tenant_id, id, name, kind, state, rule_id, rule_version, rule_json, selector_json, transform_json, schedule_json,
          priority, currency_code, rollback_of, parent_id, price_list_id, correlation_id, created_by, created_at, updated_at)
       values ($1,$2,$3,$4,'draft',$5,$6,$7,$8,$9,$10,$11,$12,$13,$17,$18,$14,$15,$16,$16) returning ${changeColumns}`,
      [tenantId, row.id, row.name, row.kind, row.ruleId, row.ruleVersion, json(row.ruleJson), json(row.selectorJson), json(row.transformJson),
        row.scheduleJson === null ? null : json(row.scheduleJson), row.priority, row.currencyCode, row.rollbackOf, row.correlationId, row.createdBy, row.now, row.parentId ?? null, row.priceListId ?? null]))!,
    async list({ state }, { limit, cursor }) {
      const scope: ListScope = { list: 'changes', filter: { state }, parts: ['time', 'uuid'] };
      const after = decodeCursor(cursor, scope);
      const rows = await many<ChangeRow>(sql,
        `select ${changeColumns} from price_changes
          where ($1::text is null or state = $1) and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
          order by created_at desc, id desc limit $4`,
        [state ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1]);
      return page(rows, limit, scope, (row) => [row.createdAt, row.id]);
    },
    get: (id) => one<ChangeRow>(sql, `select ${changeColumns} from price_changes where id = $1`, [id]),
    lock: (id) => one<ChangeRow>(sql, `select ${changeColumns} from price_changes where id = $1 for update`, [id]),
    async update(id, facts, now) {
      const set = assignments({ ...facts, updatedAt: now }, 2, jsonColumns);
      const row = await one<ChangeRow>(sql, `update price_changes set ${set.text} where id = $1 returning ${changeColumns}`, [id, ...set.params]);
      if (!row) throw new Error('The price change to update does not exist');
      return row;
    },
    children: (id) => many<ChangeRow>(sql, `select ${changeColumns} from price_changes where parent_id = $1 order by created_at desc, id desc limit 100`, [id]),
    async assignApplyOrder(id) {
      // The tenant's own row is the lock: two starts of the same shop take turns.
      await sql.query('select 1 from tenants for update');
      await sql.query('update price_changes set apply_seq = (select coalesce(max(apply_seq), 0) + 1 from price_changes) where id = $1', [id]);
    },
  };
}
