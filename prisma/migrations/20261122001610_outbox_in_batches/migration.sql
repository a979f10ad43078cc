-- The outbox is leased in runs: the head of each aggregate and what follows it, told in order by the one that holds the head. Leasing a
-- message changes no column that an index knows of, so that it costs one new version on the same page and no entry in any index: an
-- index says "not finished" by finished_at, no longer by state.

-- Whatever ends or reopens a message, its end is dated; a dead letter says why.
CREATE FUNCTION app.date_outbox_end() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.finished_at := CASE WHEN NEW.state IN ('ready', 'leased') THEN NULL ELSE coalesce(NEW.finished_at, clock_timestamp()) END;
  IF NEW.state = 'dead' THEN
    NEW.error := coalesce(NEW.error, 'It was given up without a reason');
  END IF;
  RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION app.date_outbox_end() FROM PUBLIC;
CREATE TRIGGER dated_end BEFORE UPDATE OF state ON public.outbox FOR EACH ROW
WHEN ((NEW.finished_at IS NULL) <> (NEW.state IN ('ready', 'leased')) OR (NEW.state = 'dead' AND NEW.error IS NULL))
EXECUTE FUNCTION app.date_outbox_end();

-- For this alone, in this transaction alone: forced, row-level security would show the owner no message to date.
ALTER TABLE public.outbox NO FORCE ROW LEVEL SECURITY;
UPDATE public.outbox SET state = state
 WHERE (finished_at IS NULL) <> (state IN ('ready', 'leased')) OR (state = 'dead' AND error IS NULL);
ALTER TABLE public.outbox FORCE ROW LEVEL SECURITY;

DROP INDEX public.outbox_head;
DROP INDEX public.outbox_due;
DROP INDEX public.outbox_dead;
CREATE INDEX outbox_head ON public.outbox (tenant_id, aggregate, event_seq) WHERE finished_at IS NULL;
CREATE INDEX outbox_due ON public.outbox (run_at, tenant_id, event_seq) WHERE finished_at IS NULL;
CREATE INDEX outbox_ended_badly ON public.outbox (tenant_id, id) WHERE finished_at IS NOT NULL AND error IS NOT NULL;
-- Room on the page for the leased version of each message.
ALTER TABLE public.outbox SET (fillfactor = 50);
CREATE INDEX webhook_inbox_processed ON public.webhook_inbox (tenant_id, processed_at) WHERE processed_at IS NOT NULL;
CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys (tenant_id, created_at) WHERE created_at IS NOT NULL;

GRANT UPDATE (finished_at, error) ON public.outbox TO cal_resolver;
GRANT CREATE ON SCHEMA app TO cal_resolver;

-- Leases at most max messages for lease_seconds: the head of each aggregate that is due, and at most per_aggregate in a row from each.
-- Whoever holds a head holds its aggregate: nobody else is given what follows it. A lease that ran out is taken over; epoch tells the
-- late holder that it lost. A dead letter does not hold up what comes after it.
CREATE FUNCTION app.lease_outbox_runs(owner text, max integer, lease_seconds double precision, per_aggregate integer)
RETURNS TABLE (tenant_id uuid, id uuid, event_id uuid, event_seq bigint, topic text, aggregate text, payload jsonb, attempts integer, epoch integer, lease_until timestamptz, created_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  -- First the aggregates of what has waited longest: enough, unless many of those messages wait behind one another.
  WITH RECURSIVE waiting AS MATERIALIZED (
    SELECT o.tenant_id, o.aggregate FROM public.outbox o
     WHERE o.finished_at IS NULL AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
     ORDER BY o.run_at, o.tenant_id, o.event_seq LIMIT 2 * $2),
  front AS MATERIALIZED (
    SELECT w.tenant_id, w.aggregate, h.id, h.due FROM (SELECT DISTINCT * FROM waiting) w CROSS JOIN LATERAL (
      SELECT o.id, o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp()) AS due FROM public.outbox o
       WHERE o.tenant_id = w.tenant_id AND o.aggregate = w.aggregate AND o.finished_at IS NULL ORDER BY o.event_seq LIMIT 1) h),
  -- Then all aggregates, jumping from one to the next in the index: what waits behind a head costs nothing, and it may be thousands.
  -- Not where the heads that were found and are due bring enough with them.
  jump AS (
    (SELECT o.tenant_id, o.aggregate, o.id FROM public.outbox o
      WHERE o.finished_at IS NULL AND (SELECT count(*) FILTER (WHERE f.due) * $4 FROM front f) < $2 AND (SELECT count(*) FROM waiting) = 2 * $2
      ORDER BY o.tenant_id, o.aggregate, o.event_seq LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.aggregate, n.id FROM jump j CROSS JOIN LATERAL (
      SELECT o.tenant_id, o.aggregate, o.id FROM public.outbox o
       WHERE o.finished_at IS NULL AND (o.tenant_id, o.aggregate) > (j.tenant_id, j.aggregate)
       ORDER BY o.tenant_id, o.aggregate, o.event_seq LIMIT 1) n),
  head AS (SELECT f.tenant_id, f.id FROM front f UNION SELECT j.tenant_id, j.id FROM jump j),
  due AS MATERIALIZED (
    SELECT o.tenant_id, o.id, o.aggregate, o.event_seq FROM head h JOIN public.outbox o ON o.tenant_id = h.tenant_id AND o.id = h.id
     WHERE o.finished_at IS NULL AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
     ORDER BY o.run_at, o.tenant_id, o.event_seq LIMIT $2 FOR UPDATE OF o SKIP LOCKED),
  -- What follows each head as far as it is due: the row lock on the head keeps others from it.
  run AS (
    SELECT d.tenant_id, f.id, f.place, f.due FROM due d CROSS JOIN LATERAL (
      SELECT o.id, row_number() OVER w AS place, bool_and(o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())) OVER w AS due
        FROM public.outbox o
       WHERE o.tenant_id = d.tenant_id AND o.aggregate = d.aggregate AND o.event_seq >= d.event_seq AND o.finished_at IS NULL
      WINDOW w AS (ORDER BY o.event_seq)
       ORDER BY o.event_seq LIMIT least($4, greatest(1, $2 / (SELECT count(*) FROM due)))) f),
  chosen AS MATERIALIZED (SELECT r.tenant_id, r.id FROM run r WHERE r.due ORDER BY r.place LIMIT $2)
  UPDATE public.outbox o
     SET state = 'leased', owner = $1, epoch = o.epoch + 1, attempts = o.attempts + 1, lease_until = clock_timestamp() + make_interval(secs => $3)
    FROM chosen c WHERE o.tenant_id = c.tenant_id AND o.id = c.id AND o.finished_at IS NULL
  RETURNING o.tenant_id, o.id, o.event_id, o.event_seq, o.topic, o.aggregate, o.payload, o.attempts, o.epoch, o.lease_until, o.created_at
$$;

-- Heads alone, for a publisher of the version before.
SET ROLE cal_resolver;
CREATE OR REPLACE FUNCTION app.lease_outbox(owner text, max integer, lease_seconds integer)
RETURNS TABLE (tenant_id uuid, id uuid, event_id uuid, event_seq bigint, topic text, aggregate text, payload jsonb, attempts integer, epoch integer, lease_until timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT l.tenant_id, l.id, l.event_id, l.event_seq, l.topic, l.aggregate, l.payload, l.attempts, l.epoch, l.lease_until
    FROM app.lease_outbox_runs($1, $2, $3, 1) l
$$;
RESET ROLE;
COMMENT ON FUNCTION app.lease_outbox_runs(text, integer, double precision, integer) IS '@definer: one publisher serves the outbox of all tenants';

-- Ends what a publisher told, of whatever tenants, in one statement: only what it still holds. Answers how many those were.
CREATE FUNCTION app.finish_outbox(owner text, tenants uuid[], ids uuid[], epochs integer[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH told AS (SELECT * FROM unnest($2, $3, $4) AS t (tenant_id, id, epoch)),
  ended AS (
    UPDATE public.outbox o SET state = 'done', finished_at = clock_timestamp(), error = NULL, owner = NULL, lease_until = NULL
      FROM told t WHERE o.tenant_id = t.tenant_id AND o.id = t.id AND o.epoch = t.epoch AND o.owner = $1 AND o.state = 'leased'
    RETURNING 1)
  SELECT count(*) FROM ended
$$;
COMMENT ON FUNCTION app.finish_outbox(text, uuid[], uuid[], integer[]) IS '@definer: one publisher serves the outbox of all tenants; it needs the lease of each message';

-- The bus as an operator watches it: sums over all tenants, by topic, and nothing of any one of them. Topics are the types of events, so
-- there are few. lag_ms: how long the oldest due message has been waiting; age_ms: how long ago the oldest unfinished one was written.
CREATE FUNCTION app.bus_snapshot() RETURNS TABLE (topic text, pending bigint, leased bigint, retrying bigint, dead bigint, lag_ms bigint, age_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH message AS (
    SELECT o.topic, o.state, o.attempts, o.run_at, o.created_at FROM public.outbox o WHERE o.finished_at IS NULL
    UNION ALL
    SELECT o.topic, o.state, o.attempts, o.run_at, o.created_at FROM public.outbox o WHERE o.finished_at IS NOT NULL AND o.error IS NOT NULL AND o.state = 'dead')
  SELECT m.topic, count(*) FILTER (WHERE m.state IN ('ready', 'leased')), count(*) FILTER (WHERE m.state = 'leased'),
         count(*) FILTER (WHERE m.state IN ('ready', 'leased') AND m.attempts > CASE m.state WHEN 'leased' THEN 1 ELSE 0 END), count(*) FILTER (WHERE m.state = 'dead'),
         greatest(0, coalesce((extract(epoch FROM clock_timestamp() - min(m.run_at) FILTER (WHERE m.state IN ('ready', 'leased'))) * 1000)::bigint, 0)),
         greatest(0, coalesce((extract(epoch FROM clock_timestamp() - min(m.created_at) FILTER (WHERE m.state IN ('ready', 'leased'))) * 1000)::bigint, 0))
    FROM message m GROUP BY m.topic ORDER BY m.topic
$$;
COMMENT ON FUNCTION app.bus_snapshot() IS '@definer: /metrics counts over all tenants';

DO $$
DECLARE
  door regprocedure;
BEGIN
  FOREACH door IN ARRAY ARRAY[
    'app.lease_outbox_runs(text,integer,double precision,integer)', 'app.finish_outbox(text,uuid[],uuid[],integer[])', 'app.bus_snapshot()']::regprocedure[]
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', door);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO cal_app', door);
    EXECUTE format('ALTER FUNCTION %s OWNER TO cal_resolver', door);
  END LOOP;
END
$$;
SET ROLE cal_resolver;
CREATE OR REPLACE FUNCTION app.metrics_snapshot() RETURNS TABLE (outbox_pending bigint, outbox_dead bigint, outbox_lag_ms bigint, inbox_received bigint, tenants_installed bigint, tenants_stopped bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (SELECT count(*) FROM public.outbox o WHERE o.finished_at IS NULL),
         (SELECT count(*) FROM public.outbox o WHERE o.finished_at IS NOT NULL AND o.error IS NOT NULL AND o.state = 'dead'),
         (SELECT coalesce(greatest(0, (extract(epoch FROM clock_timestamp() - min(o.run_at)) * 1000)::bigint), 0)
            FROM public.outbox o WHERE o.finished_at IS NULL),
         (SELECT count(*) FROM public.webhook_inbox w WHERE w.state = 'received'),
         (SELECT count(*) FROM public.tenants t WHERE t.state = 'installed'),
         (SELECT count(*) FROM public.tenants t WHERE t.state = 'installed' AND t.writes_stopped)
$$;
RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;
