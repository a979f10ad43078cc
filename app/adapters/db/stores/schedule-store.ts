import type { ChangeRow } from '../../../domain/pricing/change.ts';
import type { DueThing, ScheduleStore } from '../../../ports/schedule-store.ts';
import { changeColumns } from './change-store.ts';
import { affected, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/** What is due, with its turn among what is due at the same moment: ends make room before starts. */
const DUE = `
  select 'end' as kind, 1 as turn, id, end_at as at from price_changes
   where end_at <= $1 and state in ('applying', 'paused', 'applied', 'partially_applied') and kind <> 'rollback' and held_at is null
  union all
  select 'missed', 2, id, coalesce(least(schedule_at, end_at), end_at) from price_changes
   where end_at <= $1 and (state in ('approved', 'scheduled') or (state in ('draft', 'previewed') and series_id is not null))
  union all
  select 'automation', 3, id, automation_at from discount_policies where automation_at <= $1 and enabled and deleted_at is null
  union all
  select 'follow', 4, id, follow_at from price_changes where follow_at <= $1
  union all
  select 'plan', 5, id, plan_at from price_changes where plan_at <= $1
  union all
  select 'start', 6, id, schedule_at from price_changes where schedule_at <= $1 and state in ('approved', 'scheduled') and (end_at is null or end_at > $1)`;

/** What `sealContent` makes lines of, for saying how many differ. */
const rowOf = (change: string): string => `select variant_id, outcome, reason, coalesce(baseline_price, before_price), case when baseline_price is null then before_compare_at else baseline_compare_at end,
    after_price, after_compare_at, cost
  from price_change_items where change_id = ${change}`;

export function scheduleStore(sql: Sql): ScheduleStore {
  return {
    nextDue: (now, passedOver) => one<DueThing>(sql,
      `select kind, id, at from (${DUE}) due where not (kind || ':' || id) = any($2) order by at, turn, id limit 1`, [now, passedOver]),
    isDue: async ({ kind, id }, now) => (await one(sql, `select 1 as due from (${DUE}) due where kind = $2 and id = $3::uuid`, [now, kind, id])) !== null,
    async standStill(note, now) {
      await sql.query('update price_changes set follow_at = null, plan_at = null where follow_at is not null or plan_at is not null');
      await sql.query('update discount_policies set automation_at = null, automation_since = null where automation_at is not null');
      return { held: await affected(sql,
        `update price_changes set held_at = $2, note = $1
          where end_at is not null and held_at is null and kind <> 'rollback' and state in ('applying', 'paused', 'applied', 'partially_applied')`, [note, now]) };
    },
    occurrence: (seriesId, occurrenceAt) => one<ChangeRow>(sql,
      `select ${changeColumns} from price_changes where series_id = $1 and occurrence_at = $2 and state not in ('cancelled', 'rejected') limit 1`, [seriesId, occurrenceAt]),
    lastApproved: ({ id, seriesId }) => one<ChangeRow>(sql,
      `select ${changeColumns} from price_changes
        where series_id = $1 and id <> $2 and approved_hash is not null and approved_hash = plan_hash and occurrence_at < (select occurrence_at from price_changes where id = $2)
        order by occurrence_at desc limit 1`, [seriesId, id]),
    unapprovedBefore: async ({ id, seriesId }) => (await many<{ id: string }>(sql,
      `select id from price_changes
        where series_id = $1 and id <> $2 and end_at is null and state in ('draft', 'previewed') and occurrence_at < (select occurrence_at from price_changes where id = $2)
        order by occurrence_at`, [seriesId, id])).map((row) => row.id),
    openRuns: (ruleId) => many<ChangeRow>(sql,
      `select ${changeColumns} from price_changes
        where series_id = $1 and state in ('draft', 'previewed', 'approved', 'scheduled', 'applying', 'paused') order by created_at desc, id desc`, [ruleId]),
    beingWritten: async (variantIds) => new Set((await many<{ id: string }>(sql,
      `select v.id from price_change_items i join variants v on v.tenant_id = i.tenant_id and v.id = i.variant_id
        where i.variant_id = any($1) and i.state = 'writing' and v.price = i.after_price and v.compare_at is not distinct from i.after_compare_at`, [variantIds])).map((row) => row.id)),
    setByRule: async (ruleId, variantIds) => new Set((await many<{ id: string }>(sql,
      `select pv.variant_id as id from price_versions pv join price_changes c on c.tenant_id = pv.tenant_id and c.id = pv.price_change_id
        where pv.variant_id = any($2) and pv.valid_to is null and c.rule_id = $1`, [ruleId, variantIds])).map((row) => row.id)),
    async differingRows(changeId, otherId) {
      const row = await one<{ n: number }>(sql,
        `select count(distinct variant_id)::int as n from ((${rowOf('$1')} except all ${rowOf('$2')}) union all (${rowOf('$2')} except all ${rowOf('$1')})) d`, [changeId, otherId]);
      return row?.n ?? 0;
    },
  };
}
