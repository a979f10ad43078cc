import type { EventRow } from '../../../domain/audit/event-dto.ts';
import type { ReplayDifference, ToldEvent } from '../../../ports/journal.ts';
import { affected, arrayLiteral, many } from './rows.ts';
import type { Sql } from './rows.ts';

/**
 * How each event moves the projection of its price change: the state it leads to, and by how much each count of rows grows.
 * The live projection and the replay share this one expression, so a difference means a lost or doubled event.
 */
const stateOf = `case e.type
    when 'price_change.created' then 'draft'
    when 'price_change.previewed' then 'previewed'
    when 'price_change.approved' then 'approved'
    when 'price_change.approval_voided' then 'previewed'
    when 'price_change.rejected' then 'rejected'
    when 'price_change.scheduled' then 'scheduled'
    when 'price_change.cancelled' then 'cancelled'
    when 'price_change.missed' then 'ended'
    when 'price_change.started' then 'applying'
    when 'price_change.reopened' then 'applying'
    when 'price_change.paused' then 'paused'
    when 'price_change.resumed' then 'applying'
    when 'price_change.end_started' then e.payload->>'state'
    when 'price_change.completed' then e.payload->>'state' end`;
const counted = ['applied', 'settled', 'conflicts', 'failed', 'kept', 'cancelled'] as const;
/** Beside each event `e`, how many of its rows came into which state: all counted in one pass, of events that have none nothing is read. */
const withRows = `cross join lateral (select
    ${['applied', 'settled', 'conflict', 'failed'].map((state) => `count(*) filter (where r->>'state' = '${state}')::int as ${state}`).join(', ')},
    ${['applied', 'settled', 'kept'].map((state) => `count(*) filter (where e.type = 'price.conflict' and r->>'fromState' = '${state}')::int as from_${state}`).join(', ')}
  from jsonb_array_elements(case when e.type in ('price.applied', 'price.conflict', 'price.failed') then e.payload->'rows' end) r) n`;
/** Rows that an approved delta plan took over. */
const superseded = (how: 'kept' | 'cancelled'): string => `case when e.type = 'price_change.rows_superseded' then (e.payload->>'${how}')::int else 0 end`;
const growth: Record<(typeof counted)[number], string> = {
  // Rows of a running campaign that somebody edited in the shop leave the ending they had.
  applied: '(n.applied - n.from_applied)',
  settled: '(n.settled - n.from_settled)',
  conflicts: `(n.conflict - case when e.type = 'price.conflict_resolved' then 1 else 0 end - ${superseded('kept')})`,
  failed: 'n.failed',
  kept: `(case when e.type = 'price.conflict_resolved' and e.payload->>'state' = 'kept' then 1 else 0 end - n.from_kept + ${superseded('kept')})`,
  cancelled: `(case when e.type in ('price_change.cancelled', 'price_change.missed', 'price_change.end_started', 'price_change.started') then coalesce((e.payload->>'cancelledRows')::int, 0) else 0 end + ${superseded('cancelled')})`,
};
const itemStates: readonly (readonly [name: (typeof counted)[number], state: string])[] =
  [['applied', 'applied'], ['settled', 'settled'], ['conflicts', 'conflict'], ['failed', 'failed'], ['kept', 'kept'], ['cancelled', 'cancelled']];

/** What `told` events of the log add up to, change by change. */
const fold = (told: string, more = ''): string => `select e.aggregate_id::uuid as change_id,
    (array_agg(${stateOf} order by e.seq desc) filter (where ${stateOf} is not null))[1] as state,
    ${counted.map((name) => `sum(${growth[name]})::int as ${name}`).join(', ')}${more && `, ${more}`}
  from (${told}) e ${withRows} group by 1`;
/**
 * Events that the projection has not been told of: their message is on its way, or was given up and waits for an operator. What is told
 * in one batch ends a moment later than it was told, so a message that is not at its end counts by its number, and one that had failed
 * until it has ended.
 */
const untold = (lastSeq: string): string => `exists (select from outbox o where o.event_id = e.id
  and (o.state = 'dead' or (o.finished_at is null and (o.event_seq > coalesce(${lastSeq}, 0) or o.error is not null))))`;

/** Changes of which the log still tells everything: its beginning may have been archived and dropped. */
const whole = (changeId: string): string => `((select app.log_dropped_up_to('events')) = 0 or exists (select from events c
  where c.aggregate_type = 'price_change' and c.aggregate_id = ${changeId} and c.type = 'price_change.created'))`;

/** Messages of the outbox, and between which times their events were written. */
export interface Told {
  readonly messages: readonly { readonly eventId: string; readonly eventSeq: bigint }[];
  readonly since: Date;
  readonly until: Date;
}

/**
 * Folds many events into the stored projections at once, and answers them in the order of the log. Changes of which one of the events
 * came late or a second time are left as they are, and told of as `again`: projectChangeEvent is for them.
 */
export async function projectTold(sql: Sql, tenantId: string, { messages, since, until }: Told): Promise<(ToldEvent & { readonly again: boolean })[]> {
  // By number, since what is told together lies together in the log, and by time, so that no other partition of it is opened.
  return many(sql,
    `with quick as materialized (select set_config('synchronous_commit', 'off', true)),
     l as materialized (select x.id, x.seq, x.type, x.aggregate_type, x.aggregate_id, x.correlation_id, x.payload from events x
        where x.seq = any($2::bigint[]) and x.created_at between $4 and $5 and (select true from quick where set_config is not null)),
     e as materialized (select * from l where l.id = any($3::uuid[])),
     f as materialized (${fold(`select * from e where aggregate_type = 'price_change'`, 'min(e.seq) as first_seq, max(e.seq) as last_seq')}),
     moved as (update change_projection p set state = coalesce(f.state, p.state), ${counted.map((name) => `${name} = p.${name} + f.${name}`).join(', ')}, last_seq = f.last_seq
        from f where p.change_id = f.change_id and p.last_seq < f.first_seq returning p.change_id),
     begun as (insert into change_projection as p (tenant_id, change_id, state, ${counted.join(', ')}, last_seq)
        select $1, f.change_id, coalesce(f.state, 'draft'), ${counted.map((name) => `f.${name}`).join(', ')}, f.last_seq from f
         where not exists (select from change_projection q where q.change_id = f.change_id)
        on conflict do nothing returning p.change_id),
     done as (select change_id::text from moved union all select change_id::text from begun)
     select e.id, e.seq, e.type, e.aggregate_type, e.aggregate_id, e.correlation_id, e.aggregate_type = 'price_change' and d.change_id is null as again
       from e left join done d on d.change_id = e.aggregate_id order by e.seq`,
    [tenantId, arrayLiteral(messages.map(({ eventSeq }) => eventSeq)), arrayLiteral(messages.map(({ eventId }) => eventId)), since, until], 'tell-events');
}

/**
 * Folds one event into the stored projection. An event that comes late (a dead letter that was told again) or twice is not added:
 * the change is folded anew from the log.
 */
export async function projectChangeEvent(sql: Sql, tenantId: string, event: Pick<EventRow, 'aggregateType' | 'aggregateId' | 'seq'>): Promise<void> {
  if (event.aggregateType !== 'price_change') return;
  const added = await affected(sql,
    `insert into change_projection as p (tenant_id, change_id, state, ${counted.join(', ')}, last_seq)
     select $1, e.aggregate_id::uuid, coalesce(${stateOf}, 'draft'), ${counted.map((name) => growth[name]).join(', ')}, e.seq from events e ${withRows} where e.seq = $2
     on conflict (tenant_id, change_id) do update set
       state = coalesce((select ${stateOf} from events e where e.seq = $2), p.state),
       ${counted.map((name) => `${name} = p.${name} + excluded.${name}`).join(', ')},
       last_seq = excluded.last_seq
     where p.last_seq < excluded.last_seq`,
    [tenantId, event.seq]);
  if (added > 0) return;
  await sql.query(
    `update change_projection p set state = coalesce(f.state, p.state), ${counted.map((name) => `${name} = f.${name}`).join(', ')}
       from (${fold(`select e.* from events e join change_projection q on q.change_id = $1::uuid
               where e.aggregate_type = 'price_change' and e.aggregate_id = $1::text and e.seq <= q.last_seq and (e.seq = $2 or not ${untold('q.last_seq')}) and ${whole('e.aggregate_id')}`)}) f
      where p.change_id = $1::uuid and f.change_id = p.change_id`, [event.aggregateId, event.seq]);
}

/**
 * Folds the whole log again and compares it with the stored projection and with the changes and rows themselves. Events that the
 * projection cannot know of yet are left out, and so are the rows of a change that has any, and changes whose beginning was archived.
 */
export async function changeReplay(sql: Sql): Promise<ReplayDifference[]> {
  return many<ReplayDifference>(sql,
    `with busy as (select distinct aggregate from outbox where (finished_at is null or (error is not null and state = 'dead')) and aggregate like 'price_change:%'),
     folded as materialized (${fold(`select e.* from events e left join change_projection p on p.change_id::text = e.aggregate_id
               where e.aggregate_type = 'price_change' and not ${untold('p.last_seq')} and ${whole('e.aggregate_id')}`)}),
     settled as (select f.* from folded f where not exists (select from busy where aggregate = 'price_change:' || f.change_id)),
     stored as (select change_id, ${itemStates.map(([name, state]) => `count(*) filter (where state = '${state}')::int as ${name}`).join(', ')} from price_change_items group by 1)
     select x.*, c.name from (
     select coalesce(f.change_id, p.change_id) as change_id, d.field, d.from_log, d.stored
       from folded f full join change_projection p on p.change_id = f.change_id
       cross join lateral (values ('state', f.state, p.state),
         ${counted.map((name) => `('${name}', f.${name}::text, p.${name}::text)`).join(', ')}) as d(field, from_log, stored)
      where d.from_log is distinct from d.stored and (f.change_id is not null or ${whole('p.change_id::text')})
     union all
     select c.id, 'state of the change', f.state, c.state from settled f join price_changes c on c.id = f.change_id where f.state <> c.state
     union all
     select f.change_id, 'rows ' || d.state, d.from_log::text, d.stored::text
       from settled f left join stored i on i.change_id = f.change_id
       cross join lateral (values ${itemStates.map(([name, state]) => `('${state}', f.${name}, coalesce(i.${name}, 0))`).join(', ')}) as d(state, from_log, stored)
      where d.from_log <> d.stored) x left join price_changes c on c.id = x.change_id
     order by x.change_id, x.field limit 1000`);
}

/**
 * Makes the stored projections again from the log where they differ. Changes with a message on its way are left for the next time: their
 * projection moves this moment. The others are held until the end, so that what is told meanwhile is added to what was made.
 */
export async function rebuildChanges(sql: Sql, tenantId: string): Promise<number> {
  await sql.query('select 1 from change_projection for update');
  return affected(sql,
    `with busy as (select distinct aggregate from outbox where finished_at is null and aggregate like 'price_change:%'),
     f as materialized (${fold(`select e.* from events e where e.aggregate_type = 'price_change' and ${whole('e.aggregate_id')}
          and not exists (select from busy b where b.aggregate = 'price_change:' || e.aggregate_id) and not ${untold('null::bigint')}`, 'max(e.seq) as last_seq')}),
     gone as (delete from change_projection p where ${whole('p.change_id::text')} and not exists (select from f where f.change_id = p.change_id)
          and not exists (select from events e where e.aggregate_type = 'price_change' and e.aggregate_id = p.change_id::text) returning 1),
     made as (insert into change_projection as p (tenant_id, change_id, state, ${counted.join(', ')}, last_seq)
       select $1, f.change_id, coalesce(f.state, 'draft'), ${counted.map((name) => `f.${name}`).join(', ')}, f.last_seq from f
       on conflict (tenant_id, change_id) do update set state = excluded.state, ${counted.map((name) => `${name} = excluded.${name}`).join(', ')}, last_seq = excluded.last_seq
        where (p.state, p.last_seq, ${counted.map((name) => `p.${name}`).join(', ')}) is distinct from (excluded.state, excluded.last_seq, ${counted.map((name) => `excluded.${name}`).join(', ')})
       returning 1)
     select from gone union all select from made`, [tenantId]);
}
