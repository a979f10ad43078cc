-- The two logs are cut into months, so that old ones can be archived and dropped without a DELETE of millions of rows. What there is
-- stays where it lies: the tables become the first partition of new ones with the same name, no row is copied, no hash is made again.
-- docs/decisions/0026 says why it is done this way.

-- What was taken out of a log: one row for each tenant and partition, with both ends of that piece of its chain, so that the rest can
-- still be verified, and the fingerprint of the file that it went into. Written by app.record_log_archive alone.
CREATE TABLE public.log_archives (
  tenant_id uuid NOT NULL,
  log text NOT NULL,
  partition text NOT NULL,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  before_hash bytea NOT NULL,
  last_hash bytea NOT NULL,
  location text NOT NULL,
  sha256 bytea NOT NULL,
  archived_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT log_archives_pkey PRIMARY KEY (tenant_id, log, last_seq),
  CONSTRAINT log_archives_log CHECK (log IN ('events', 'audit_log')),
  CONSTRAINT log_archives_range CHECK (first_seq > 0 AND last_seq >= first_seq),
  CONSTRAINT log_archives_sha256 CHECK (octet_length(sha256) = 32)
);
ALTER TABLE public.log_archives ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.log_archives FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.log_archives USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()));
GRANT SELECT ON public.log_archives TO cal_app;

-- Partitions of the logs with their bounds; lower is null where there is none.
CREATE FUNCTION app.log_partitions() RETURNS TABLE (log text, partition text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
  SELECT p.relname::text, c.relname::text, substring(b.bound FROM 'FROM \(''([^'']+)''')::timestamptz, substring(b.bound FROM 'TO \(''([^'']+)''')::timestamptz
    FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bound) b
   WHERE p.relnamespace = 'public'::regnamespace AND p.relname IN ('events', 'audit_log') AND p.relkind = 'p'
   ORDER BY 1, 4
$$;

-- Everything that a log has, on a partition of it: row-level security binds whoever reaches for the partition by its own name, and
-- triggers of statements are not inherited. Nobody gets a right to it: the app reads and writes through the log alone.
CREATE FUNCTION app.guard_log_partition(partition text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE POLICY tenant ON public.%I USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()))', partition);
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_rewrite()', partition);
END
$$;

-- Made beside the log and then attached: that waits for no reader and no writer of it.
CREATE FUNCTION app.add_log_partition(log text, lower_bound timestamptz, upper_bound timestamptz) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  name CONSTANT text := format('%s_%s', log, to_char(lower_bound, 'YYYY_MM'));
BEGIN
  EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION)', name, log);
  PERFORM app.guard_log_partition(name);
  EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', log, name, lower_bound, upper_bound);
  RETURN name;
END
$$;

-- A log's number, date and hash come from the end of its chain. The name of the chain is given with the trigger, which runs on the
-- partition that the row goes to. That is chosen by the date before the trigger runs: where the month ends in between, the
-- transaction is done again (40001, which tenancy.ts tries again).
CREATE OR REPLACE FUNCTION app.append_to_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  chain_name CONSTANT text := TG_ARGV[0];
  written timestamptz;
  head public.chain_heads;
BEGIN
  SELECT * INTO head FROM public.chain_heads h WHERE h.tenant_id = NEW.tenant_id AND h.chain = chain_name FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO public.chain_heads (tenant_id, chain, seq, hash)
    VALUES (NEW.tenant_id, chain_name, 0, app.chain_genesis(NEW.tenant_id, chain_name)) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM public.chain_heads h WHERE h.tenant_id = NEW.tenant_id AND h.chain = chain_name FOR UPDATE;
  END IF;
  written := clock_timestamp();
  IF date_trunc('month', written) <> date_trunc('month', NEW.created_at) THEN
    RAISE EXCEPTION 'the month ended while % was written: do it again', chain_name USING ERRCODE = 'serialization_failure';
  END IF;
  NEW.seq := head.seq + 1;
  NEW.created_at := written;
  NEW.prev_hash := head.hash;
  IF chain_name = 'events' THEN
    NEW.hash := app.event_hash(NEW);
  ELSE
    NEW.hash := app.audit_hash(NEW);
  END IF;
  UPDATE public.chain_heads h SET seq = NEW.seq, hash = NEW.hash WHERE h.tenant_id = NEW.tenant_id AND h.chain = chain_name;
  RETURN NEW;
END
$$;

DO $$
DECLARE
  log text;
  old record;
  newest timestamptz;
  upper_bound timestamptz;
BEGIN
  PERFORM set_config('timezone', 'UTC', true);
  FOREACH log IN ARRAY ARRAY['events', 'audit_log'] LOOP
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', log);
    -- For this look alone, and nobody else can look meanwhile: forced, row-level security would show the owner an empty table.
    EXECUTE format('ALTER TABLE public.%I NO FORCE ROW LEVEL SECURITY', log);
    EXECUTE format('SELECT max(created_at) FROM public.%I', log) INTO newest;
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', log);
    upper_bound := date_trunc('month', greatest(now(), newest)) + interval '1 month';

    EXECUTE format('DROP TRIGGER append_to_chain ON public.%I', log);
    EXECUTE format('REVOKE ALL ON public.%I FROM cal_app', log);
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', log, log || '_start');
    -- A key of a partitioned table holds what it is cut by. seq stays unique because the chain gives it, under a lock.
    FOR old IN SELECT conname FROM pg_constraint WHERE conrelid = format('public.%I', log || '_start')::regclass AND contype = 'p' LOOP
      EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT %I', log || '_start', old.conname);
    END LOOP;
    FOR old IN SELECT i.indexrelid::regclass::text AS name, c.relname, i.indisunique FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE i.indrelid = format('public.%I', log || '_start')::regclass LOOP
      IF old.indisunique THEN
        EXECUTE format('DROP INDEX public.%I', old.relname);
      ELSE
        EXECUTE format('ALTER INDEX public.%I RENAME TO %I', old.relname, replace(old.relname, log, log || '_start'));
      END IF;
    END LOOP;
    EXECUTE format('ALTER TABLE public.%I ALTER created_at SET DEFAULT clock_timestamp()', log || '_start');
    EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I PRIMARY KEY (tenant_id, seq, created_at)', log || '_start', log || '_start_pkey');
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION) PARTITION BY RANGE (created_at)', log, log || '_start');
    EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I PRIMARY KEY (tenant_id, seq, created_at)', log, log || '_pkey');
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', log);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', log);
    EXECUTE format('CREATE POLICY tenant ON public.%I USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()))', log);
    EXECUTE format('CREATE TRIGGER append_to_chain BEFORE INSERT ON public.%I FOR EACH ROW EXECUTE FUNCTION app.append_to_chain(%L)',
      log, CASE log WHEN 'events' THEN 'events' ELSE 'audit' END);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_rewrite()', log);
    EXECUTE format('GRANT SELECT ON public.%I TO cal_app', log);
    -- Without a date below: a clock that is set back must not keep everybody from writing.
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (MINVALUE) TO (%L)', log, log || '_start', upper_bound);
    FOR i IN 0..2 LOOP
      PERFORM app.add_log_partition(log, upper_bound + make_interval(months => i), upper_bound + make_interval(months => i + 1));
    END LOOP;
  END LOOP;
END
$$;

-- The indexes of the old tables become those of the partition; names as Prisma gives them.
CREATE INDEX "events_tenant_id_id_idx" ON public.events (tenant_id, id);
CREATE INDEX "events_tenant_id_aggregate_type_aggregate_id_seq_idx" ON public.events (tenant_id, aggregate_type, aggregate_id, seq);
CREATE INDEX "events_tenant_id_type_seq_idx" ON public.events (tenant_id, type, seq);
CREATE INDEX "audit_log_tenant_id_id_idx" ON public.audit_log (tenant_id, id);
CREATE INDEX "audit_log_tenant_id_entity_entity_id_seq_idx" ON public.audit_log (tenant_id, entity, entity_id, seq);
CREATE INDEX "audit_log_tenant_id_correlation_id_idx" ON public.audit_log (tenant_id, correlation_id);
CREATE INDEX "audit_log_tenant_id_actor_seq_idx" ON public.audit_log (tenant_id, actor, seq);
CREATE INDEX "audit_log_tenant_id_created_at_idx" ON public.audit_log (tenant_id, created_at);

-- The app says what happened; number, date and hashes are not its to say, since the date chooses the partition.
GRANT INSERT (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, causation_id, actor, payload) ON public.events TO cal_app;
GRANT INSERT (tenant_id, id, entity, entity_id, action, actor, explain, correlation_id, request_id) ON public.audit_log TO cal_app;

-- The row types of the old tables went with them. What is hashed is the same.
DROP FUNCTION app.event_hash(public.events_start);
DROP FUNCTION app.audit_hash(public.audit_log_start);
CREATE FUNCTION app.event_hash(e public.events) RETURNS bytea LANGUAGE sql STABLE
RETURN sha256(e.prev_hash || convert_to(jsonb_build_array(e.tenant_id, e.seq, e.id, e.type, e.schema_version, e.aggregate_type,
  e.aggregate_id, e.correlation_id, e.causation_id, e.actor, e.payload, e.created_at)::text, 'UTF8'));
CREATE FUNCTION app.audit_hash(a public.audit_log) RETURNS bytea LANGUAGE sql STABLE
RETURN sha256(a.prev_hash || convert_to(jsonb_build_array(a.tenant_id, a.seq, a.id, a.entity, a.entity_id, a.action, a.actor,
  a.explain, a.correlation_id, a.request_id, a.created_at)::text, 'UTF8'));

-- The last number of the current tenant's log that was archived and dropped; 0 where the log is there from its beginning.
CREATE FUNCTION app.log_dropped_up_to(log text) RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(max(a.last_seq), 0) FROM public.log_archives a
   WHERE a.log = log_dropped_up_to.log AND to_regclass(format('public.%I', a.partition)) IS NULL
$$;

-- As before, and the beginning may have been archived: then the pieces in the archive must follow one another from the first entry on,
-- and the log goes on where the last of them ends.
CREATE OR REPLACE FUNCTION app.verify_chain(chain text) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  log_name CONSTANT text := CASE verify_chain.chain WHEN 'events' THEN 'events' ELSE 'audit_log' END;
  broken bigint;
  base bigint;
  last_seq bigint;
  last_hash bytea := app.chain_genesis(app.tenant_id(), chain);
  link record;
  head public.chain_heads;
BEGIN
  IF chain NOT IN ('events', 'audit') THEN
    RAISE EXCEPTION 'there is no chain %', chain USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF app.tenant_id() IS NULL THEN
    RAISE EXCEPTION 'verify_chain needs a tenant' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  base := app.log_dropped_up_to(log_name);
  IF base > 0 THEN
    SELECT min(p.first_seq) INTO broken FROM (
      SELECT a.first_seq, a.first_seq IS DISTINCT FROM lag(a.last_seq, 1, 0::bigint) OVER (ORDER BY a.last_seq) + 1
          OR a.before_hash IS DISTINCT FROM lag(a.last_hash, 1, a.genesis) OVER (ORDER BY a.last_seq) AS wrong
        FROM (SELECT x.*, app.chain_genesis(x.tenant_id, verify_chain.chain) AS genesis FROM public.log_archives x
               WHERE x.log = log_name AND x.last_seq <= base) a) p WHERE p.wrong;
    IF broken IS NOT NULL THEN
      RETURN broken;
    END IF;
    SELECT a.last_hash INTO last_hash FROM public.log_archives a WHERE a.log = log_name AND a.last_seq = base;
  END IF;
  last_seq := base;
  IF chain = 'events' THEN
    SELECT min(l.seq) INTO broken FROM (
      SELECT e.seq, e.seq IS DISTINCT FROM base + row_number() OVER (ORDER BY e.seq)
          OR e.prev_hash IS DISTINCT FROM lag(e.hash, 1, last_hash) OVER (ORDER BY e.seq)
          OR e.hash IS DISTINCT FROM app.event_hash(e) AS wrong
        FROM public.events e) l WHERE l.wrong;
    SELECT e.seq, e.hash INTO link FROM public.events e ORDER BY e.tenant_id DESC, e.seq DESC LIMIT 1;
  ELSE
    SELECT min(l.seq) INTO broken FROM (
      SELECT a.seq, a.seq IS DISTINCT FROM base + row_number() OVER (ORDER BY a.seq)
          OR a.prev_hash IS DISTINCT FROM lag(a.hash, 1, last_hash) OVER (ORDER BY a.seq)
          OR a.hash IS DISTINCT FROM app.audit_hash(a) AS wrong
        FROM public.audit_log a) l WHERE l.wrong;
    SELECT a.seq, a.hash INTO link FROM public.audit_log a ORDER BY a.tenant_id DESC, a.seq DESC LIMIT 1;
  END IF;
  IF broken IS NOT NULL THEN
    RETURN broken;
  END IF;
  IF link.seq IS NOT NULL THEN
    last_seq := link.seq;
    last_hash := link.hash;
  END IF;
  SELECT * INTO head FROM public.chain_heads h WHERE h.chain = verify_chain.chain;
  IF coalesce(head.seq, 0) <> last_seq OR coalesce(head.hash, last_hash) <> last_hash THEN
    RETURN least(coalesce(head.seq, 0), last_seq) + 1;
  END IF;
  RETURN NULL;
END
$$;

-- Months are made ahead by a job of the app, which may make no table: this may, and nothing else than the next months of the logs.
-- Answers how many it made. It gives way to whoever holds a log for longer than two seconds: the job comes back.
CREATE FUNCTION app.make_log_partitions(months integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s'
AS $$
DECLARE
  log_name text;
  newest timestamptz;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('calibrate:log-partitions', 0));
  FOREACH log_name IN ARRAY ARRAY['events', 'audit_log'] LOOP
    SELECT max(p.upper_bound) INTO STRICT newest FROM app.log_partitions() p WHERE p.log = log_name;
    WHILE newest <= date_trunc('month', clock_timestamp()) + make_interval(months => least(greatest(months, 1), 24)) LOOP
      PERFORM app.add_log_partition(log_name, newest, newest + interval '1 month');
      newest := newest + interval '1 month';
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;
COMMENT ON FUNCTION app.make_log_partitions(integer) IS '@definer: the app, which may make no table, has the next months of the two logs made';

-- The current tenant's piece of a closed partition was written to a file. Both ends of the piece are read from the log itself; what the
-- caller counted and saw last in its file must agree, so that nothing is recorded that was not archived whole. False where there is nothing.
CREATE FUNCTION app.record_log_archive(partition_name text, entries bigint, last_hash_written bytea, file_location text, file_sha256 bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  part record;
  piece record;
BEGIN
  IF app.tenant_id() IS NULL THEN
    RAISE EXCEPTION 'record_log_archive needs a tenant' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT * INTO part FROM app.log_partitions() p WHERE p.partition = partition_name AND p.upper_bound <= clock_timestamp();
  IF NOT FOUND THEN
    RAISE EXCEPTION '% is no closed partition of a log', partition_name USING ERRCODE = 'invalid_parameter_value';
  END IF;
  EXECUTE format('SELECT count(*) AS entries, min(seq) AS first_seq, max(seq) AS last_seq, (array_agg(prev_hash ORDER BY seq))[1] AS prev_hash,
    (array_agg(hash ORDER BY seq DESC))[1] AS last_hash FROM public.%I', part.partition) INTO piece;
  IF piece.entries = 0 THEN
    RETURN false;
  END IF;
  IF piece.entries <> entries OR piece.last_hash <> last_hash_written OR piece.last_seq - piece.first_seq + 1 <> piece.entries THEN
    RAISE EXCEPTION 'what was archived of % is not what the log holds', partition_name USING ERRCODE = 'data_exception';
  END IF;
  INSERT INTO public.log_archives AS a (tenant_id, log, partition, first_seq, last_seq, before_hash, last_hash, location, sha256)
  VALUES (app.tenant_id(), part.log, part.partition, piece.first_seq, piece.last_seq, piece.prev_hash, piece.last_hash, file_location, file_sha256)
  ON CONFLICT (tenant_id, log, last_seq) DO UPDATE SET location = excluded.location, sha256 = excluded.sha256, archived_at = now();
  RETURN true;
END
$$;
COMMENT ON FUNCTION app.record_log_archive(text, bigint, bytea, text, bytea) IS '@definer: the app may not say itself which piece of a log is archived; sees the current tenant only';

-- How many tenants still have something before a moment in a log that is not archived, or whose pieces before and after it overlap.
CREATE FUNCTION app.log_unarchived(log_name text, before timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH entry AS (
    SELECT e.tenant_id, e.seq, e.created_at FROM public.events e WHERE log_name = 'events'
    UNION ALL
    SELECT a.tenant_id, a.seq, a.created_at FROM public.audit_log a WHERE log_name = 'audit_log'),
  piece AS (SELECT tenant_id, min(seq) AS first_seq, max(seq) AS last_seq FROM entry WHERE created_at < before GROUP BY 1)
  SELECT count(*) FROM piece p
   WHERE NOT EXISTS (SELECT FROM public.log_archives a WHERE a.tenant_id = p.tenant_id AND a.log = log_name AND a.first_seq = p.first_seq AND a.last_seq = p.last_seq)
      OR EXISTS (SELECT FROM entry e WHERE e.tenant_id = p.tenant_id AND e.created_at >= before AND e.seq < p.last_seq)
$$;
COMMENT ON FUNCTION app.log_unarchived(text, timestamptz) IS '@definer: a partition of a log holds every tenant''s entries, and may go only when all of them are archived';

-- Drops the oldest partition of a log when every tenant's piece of it is in the archive and it ended more than keep_months ago. Never
-- the last thirteen months, whatever it is told: who takes the app over must not be able to remove what he did.
CREATE FUNCTION app.drop_log_partition(partition_name text, keep_months integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s'
AS $$
DECLARE
  part record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('calibrate:log-partitions', 0));
  SELECT * INTO part FROM app.log_partitions() p WHERE p.partition = partition_name;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF part.upper_bound > date_trunc('month', clock_timestamp()) - make_interval(months => greatest(keep_months, 13)) THEN
    RAISE EXCEPTION '% is not old enough to be dropped', partition_name USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT FROM app.log_partitions() p WHERE p.log = part.log AND p.upper_bound < part.upper_bound) THEN
    RAISE EXCEPTION '% is not the oldest partition of its log', partition_name USING ERRCODE = 'restrict_violation';
  END IF;
  -- Nobody writes that far back any more; a row that came in all the same is waited for.
  EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', part.log);
  IF app.log_unarchived(part.log, part.upper_bound) > 0 THEN
    RAISE EXCEPTION '% holds entries that are not archived', partition_name USING ERRCODE = 'restrict_violation';
  END IF;
  EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', part.log, part.partition);
  EXECUTE format('DROP TABLE public.%I', part.partition);
  RETURN true;
END
$$;
COMMENT ON FUNCTION app.drop_log_partition(text, integer) IS '@definer: the app, which may drop no table, has the archived and long past months of the two logs dropped';

-- Also those that left: what is kept of them is archived and swept as well.
CREATE FUNCTION app.list_tenants_all() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT t.tenant_id FROM public.tenants t ORDER BY 1
$$;
COMMENT ON FUNCTION app.list_tenants_all() IS '@definer: retention goes through the rows of every tenant, one by one';

-- Deletes of the current tenant, at most max rows of each kind: messages that were told or discarded, webhooks that were processed, and
-- idempotency keys that are over. The app itself has no right to delete a message or a webhook.
CREATE FUNCTION app.sweep_finished(finished_before timestamptz, keys_before timestamptz, max integer) RETURNS TABLE (outbox bigint, webhooks bigint, idempotency_keys bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  -- A message's id grows with time: the oldest are found without an index of their own. One that ended late goes a little later.
  WITH old_outbox AS (
    SELECT o.tenant_id, o.id FROM public.outbox o
     WHERE o.tenant_id = app.tenant_id()
       AND o.id < (lpad(to_hex((extract(epoch FROM $1) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
       AND o.state IN ('done', 'discarded') AND o.finished_at < $1
     ORDER BY o.id LIMIT $3),
  gone_outbox AS (DELETE FROM public.outbox o USING old_outbox x WHERE o.tenant_id = x.tenant_id AND o.id = x.id RETURNING 1),
  old_webhooks AS (
    SELECT w.tenant_id, w.webhook_id FROM public.webhook_inbox w
     WHERE w.tenant_id = app.tenant_id() AND w.state IN ('done', 'ignored') AND w.processed_at < $1
     LIMIT $3),
  gone_webhooks AS (DELETE FROM public.webhook_inbox w USING old_webhooks x WHERE w.tenant_id = x.tenant_id AND w.webhook_id = x.webhook_id RETURNING 1),
  old_keys AS (
    SELECT k.tenant_id, k.key FROM public.idempotency_keys k WHERE k.tenant_id = app.tenant_id() AND k.created_at < $2 LIMIT $3),
  gone_keys AS (DELETE FROM public.idempotency_keys k USING old_keys x WHERE k.tenant_id = x.tenant_id AND k.key = x.key RETURNING 1)
  SELECT (SELECT count(*) FROM gone_outbox), (SELECT count(*) FROM gone_webhooks), (SELECT count(*) FROM gone_keys)
$$;
COMMENT ON FUNCTION app.sweep_finished(timestamptz, timestamptz, integer) IS '@definer: finished messages and webhooks go after a while, which the app may not delete; sees the current tenant only';

GRANT SELECT (tenant_id, seq, created_at) ON public.events, public.audit_log TO cal_resolver;
GRANT SELECT ON public.log_archives TO cal_resolver;
REVOKE EXECUTE ON FUNCTION app.log_partitions(), app.guard_log_partition(text), app.add_log_partition(text, timestamptz, timestamptz), app.event_hash(public.events),
  app.audit_hash(public.audit_log), app.log_dropped_up_to(text), app.make_log_partitions(integer), app.record_log_archive(text, bigint, bytea, text, bytea),
  app.drop_log_partition(text, integer), app.sweep_finished(timestamptz, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.log_partitions(), app.log_dropped_up_to(text), app.make_log_partitions(integer), app.record_log_archive(text, bigint, bytea, text, bytea),
  app.drop_log_partition(text, integer), app.sweep_finished(timestamptz, timestamptz, integer) TO cal_app;
DO $$
BEGIN
  GRANT CREATE ON SCHEMA app TO cal_resolver;
  REVOKE EXECUTE ON FUNCTION app.log_unarchived(text, timestamptz), app.list_tenants_all() FROM PUBLIC;
  -- To the owner, whose function asks.
  GRANT EXECUTE ON FUNCTION app.log_unarchived(text, timestamptz) TO cal_owner;
  GRANT EXECUTE ON FUNCTION app.list_tenants_all() TO cal_app;
  ALTER FUNCTION app.log_unarchived(text, timestamptz) OWNER TO cal_resolver;
  ALTER FUNCTION app.list_tenants_all() OWNER TO cal_resolver;
  REVOKE CREATE ON SCHEMA app FROM cal_resolver;
END
$$;
