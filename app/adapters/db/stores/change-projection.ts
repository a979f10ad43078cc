import type { EventRow, ReplayDifference } from '../../../ports/journal.ts';
import { many } from './rows.ts';
import type { Sql } from './rows.ts';

/**
 * How each event moves the projection of its price change: the state it leads to, and by how much each count of rows grows.
 * The live projection and the replay share this one expression, so a difference means a lost or doubled event.
 */
const stateOf = `case e.type
    when 'price_change.created' then 'draft'
    when 'price_change.previewed' then 'previewed'
    when 'price_change.approved' then 'approved'
    when 'price_change.rejected' then 'rejected'
    when 'price_change.scheduled' then 'scheduled'
    when 'price_change.cancelled' then 'cancelled'
    when 'price_change.started' then 'applying'
    when 'price_change.reopened' then 'applying'
    when 'price_change.paused' then 'paused'
    when 'price_change.resumed' then 'applying'
    when 'price_change.completed' then e.payload->>'state' end`;
const counted = ['applied', 'settled', 'conflicts', 'failed', 'kept', 'cancelled'] as const;
const rowsIn = (state: string): string =>
  `(select count(*)::int from jsonb_array_elements(case when e.type in ('price.applied', 'price.conflict', 'price.failed') then e.payload->'rows' else '[]'::jsonb end) r where r->>'state' = '${state}')`;
const growth: Record<(typeof counted)[number], string> = {
  applied: rowsIn('applied'),
  settled: rowsIn('settled'),
  conflicts: `(${rowsIn('conflict')} - case when e.type = 'price.conflict_resolved' then 1 else 0 end)`,
  failed: rowsIn('failed'),
  kept: `case when e.type = 'price.conflict_resolved' and e.payload->>'state' = 'kept' then 1 else 0 end`,
  cancelled: `case when e.type = 'price_change.cancelled' then coalesce((e.payload->>'cancelledRows')::int, 0) else 0 end`,
};
const count = (name: (typeof counted)[number]): string => growth[name];

/** Folds one event into the stored projection; an event that is already in it changes nothing. */
export async function projectChangeEvent(sql: Sql, tenantId: string, event: EventRow): Promise<void> {
  if (event.aggregateType !== 'price_change') return;
  await sql.query(
    `insert into change_projection as p (tenant_id, change_id, state, ${counted.join(', ')}, last_seq)
     select $1, e.aggregate_id::uuid, coalesce(${stateOf}, 'draft'), ${counted.map(count).join(', ')}, e.seq from events e where e.seq = $2
     on conflict (tenant_id, change_id) do update set
       state = coalesce((select ${stateOf} from events e where e.seq = $2), p.state),
       ${counted.map((name) => `${name} = p.${name} + excluded.${name}`).join(', ')},
       last_seq = excluded.last_seq
     where p.last_seq < excluded.last_seq`,
    [tenantId, event.seq]);
}

/**
 * Folds the whole log again and compares it with the stored projection and with the rows of the changes themselves.
 * Events whose outbox row is still on its way are left out, since the projection has not seen them yet.
 */
export async function changeReplay(sql: Sql): Promise<ReplayDifference[]> {
  const rows = await many<{ changeId: string; field: string; fromLog: string | null; stored: string | null }>(sql,
    `with pending as (select min(event_seq) as seq, aggregate from outbox where state in ('ready','leased','dead') and aggregate like 'price_change:%' group by aggregate),
     told as (
       select e.* from events e left join pending on pending.aggregate = 'price_change:' || e.aggregate_id
        where e.aggregate_type = 'price_change' and (pending.seq is null or e.seq < pending.seq)),
     folded as (
       select e.aggregate_id::uuid as change_id,
              (array_agg(${stateOf} order by e.seq desc) filter (where ${stateOf} is not null))[1] as state,
              ${counted.map((name) => `sum(${count(name)})::int as ${name}`).join(', ')}, max(e.seq) as last_seq
         from told e group by 1)
     select coalesce(f.change_id, p.change_id) as change_id, d.field, d.from_log, d.stored
       from folded f full join change_projection p on p.change_id = f.change_id
       cross join lateral (values ('state', f.state, p.state),
         ${counted.map((name) => `('${name}', f.${name}::text, p.${name}::text)`).join(', ')}) as d(field, from_log, stored)
      where d.from_log is distinct from d.stored
     union all
     select c.id, 'state of the change', f.state, c.state from folded f join price_changes c on c.id = f.change_id
      where f.state <> c.state and not exists (select from pending where aggregate = 'price_change:' || c.id)
     union all
     select f.change_id, 'rows ' || i.state, case i.state when 'applied' then f.applied when 'settled' then f.settled
              when 'conflict' then f.conflicts when 'failed' then f.failed when 'kept' then f.kept else f.cancelled end::text, i.n::text
       from folded f join (select change_id, state, count(*)::int as n from price_change_items
                            where state in ('applied','settled','conflict','failed','kept','cancelled') group by 1, 2) i on i.change_id = f.change_id
      where not exists (select from pending where aggregate = 'price_change:' || f.change_id)
        and i.n <> case i.state when 'applied' then f.applied when 'settled' then f.settled
              when 'conflict' then f.conflicts when 'failed' then f.failed when 'kept' then f.kept else f.cancelled end
     limit 1000`);
  return rows;
}
