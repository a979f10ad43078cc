/**
 * What the run writes down beside the app's own tables, in the order in which it was committed for one aggregate: a row's number is
 * drawn under the lock of the row it speaks of.
 */
export const BUS_TABLES = `
create schema chaos;
grant usage on schema chaos to cal_app;
create table chaos.cursors (aggregate text primary key, seq bigint not null default 0);
create table chaos.effects (n bigint generated always as identity primary key, tenant_id uuid not null, aggregate text not null, seq bigint not null, worker text not null, at timestamptz not null default clock_timestamp());
create table chaos.projected (n bigint generated always as identity primary key, aggregate text not null, before bigint, seq bigint not null);
create table chaos.told (n bigint generated always as identity primary key, aggregate text not null, seq bigint not null, epoch int not null, tx xid8 not null default pg_current_xact_id());
grant select, insert, update on chaos.cursors, chaos.effects to cal_app;

create function chaos.note_projection() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
  insert into chaos.projected (aggregate, before, seq) values (new.change_id::text, case when tg_op = 'UPDATE' then old.last_seq end, new.last_seq);
  return null;
end $$;
create trigger chaos_projection after insert or update on public.change_projection for each row execute function chaos.note_projection();

create function chaos.note_told() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
  insert into chaos.told (aggregate, seq, epoch) values (split_part(new.aggregate, ':', 2), new.event_seq, new.epoch);
  return null;
end $$;
create trigger chaos_told after update on public.outbox for each row when (new.state = 'done') execute function chaos.note_told();

-- For the tick: aggregates whose latest event has no effect yet.
create function chaos.due_work() returns table (tenant_id uuid, aggregate text) language sql security definer set search_path = pg_catalog as $$
  select e.tenant_id, e.aggregate_id from public.events e left join chaos.cursors c on c.aggregate = e.aggregate_id
   group by 1, 2 having max(e.seq) > coalesce(max(c.seq), 0) $$;
grant execute on function chaos.due_work() to cal_app;
`;
