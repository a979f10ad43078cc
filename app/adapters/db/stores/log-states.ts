import type { LogArchiveRow, LogState } from '../../../ports/journal.ts';
import { many } from './rows.ts';
import type { Sql } from './rows.ts';

/** The two logs of this tenant: what they hold, what was archived, and until when there is room in them. */
export async function logStates(sql: Sql): Promise<LogState[]> {
  const logs = await many<Omit<LogState, 'archives'>>(sql,
    `select l.log, case l.log when 'events' then (select count(*)::int from events) else (select count(*)::int from audit_log) end as entries,
            app.log_dropped_up_to(l.log) as dropped_up_to, (select max(p.upper_bound) from app.log_partitions() p where p.log = l.log) as made_until
       from (values ('events'), ('audit_log')) l(log)`);
  const archives = await many<LogArchiveRow & { log: string }>(sql,
    `select log, partition, first_seq, last_seq, location, sha256, archived_at, to_regclass(format('public.%I', partition)) is null as dropped
       from log_archives order by log, last_seq`);
  return logs.map((state) => ({ ...state, archives: archives.filter(({ log }) => log === state.log).map(({ log: _log, ...row }) => row) }));
}
