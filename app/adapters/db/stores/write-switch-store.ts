import type { WriteSwitchRow, WriteSwitchStore } from '../../../ports/write-switch.ts';
import { affected, one } from './rows.ts';
import type { Sql } from './rows.ts';

const columns = 'writes_stopped as stopped, writes_stopped_at as since, writes_stopped_by as by, writes_stop_reason as reason';

export function writeSwitchStore(sql: Sql): WriteSwitchStore {
  const get = async (): Promise<WriteSwitchRow> => (await one<WriteSwitchRow>(sql, `select ${columns} from tenants`))!;
  return {
    get,
    async stop({ by, reason, now }) {
      await sql.query('select app.hold_writes_alone()');
      return (await affected(sql,
        `update tenants set writes_stopped = true, writes_stopped_at = $1, writes_stopped_by = $2, writes_stop_reason = $3, updated_at = $1 where not writes_stopped`, [now, by, reason])) > 0;
    },
    async resume(now) {
      await sql.query('select app.hold_writes_alone()');
      const before = await get();
      if (!before.stopped) return null;
      await sql.query(`update tenants set writes_stopped = false, writes_stopped_at = null, writes_stopped_by = null, writes_stop_reason = null, updated_at = $1`, [now]);
      return before;
    },
    // Through the few changes that may have such rows: the rows of all changes are many.
    waiting: async (now) => (await one<{ inFlight: number; applying: number; scheduled: number }>(sql,
      `select (select count(*)::int from price_changes c join price_change_items i on i.tenant_id = c.tenant_id and i.change_id = c.id and i.state = 'writing'
                where c.state in ('applying', 'paused', 'ending')) as in_flight,
              count(*) filter (where state in ('applying', 'ending'))::int as applying,
              count(*) filter (where state in ('approved', 'scheduled') and schedule_at <= $1)::int as scheduled
         from price_changes where state in ('applying', 'ending', 'approved', 'scheduled')`, [now]))!,
  };
}
