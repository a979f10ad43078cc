-- The outbox is leased with half the reading: heads are looked up one by one until the batch is full, a head is not read again as the
-- first of its run, and what was leased comes back as one document a tenant instead of a row a message. The document holds texts:
-- json_build_array would look up the type of each value for each message, which takes longer than updating it.

GRANT CREATE ON SCHEMA app TO cal_resolver;

-- Leases at most max messages for lease_seconds, as app.lease_outbox_runs does and by the same rules: the head of each aggregate that is
-- due, and what follows it. Whoever holds a head holds its aggregate. Per tenant the messages by event_seq, each as
-- [id, event_id, event_seq, topic, aggregate, attempts, epoch, created_at in milliseconds], all of them text.
CREATE FUNCTION app.lease_outbox_batch(owner text, max integer, lease_seconds double precision) RETURNS TABLE (tenant_id uuid, messages json)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  -- First the aggregates of what has waited longest: twice as many messages as are wanted, since another publisher may be taking the first of them.
  WITH RECURSIVE waiting AS MATERIALIZED (
    SELECT o.tenant_id, o.aggregate FROM public.outbox o
     WHERE o.finished_at IS NULL AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
     ORDER BY o.run_at, o.tenant_id, o.event_seq LIMIT 2 * $2),
  front AS MATERIALIZED (
    SELECT w.tenant_id, w.aggregate, min(w.place) AS place FROM (SELECT *, row_number() OVER () AS place FROM waiting) w GROUP BY w.tenant_id, w.aggregate),
  -- Their heads in that order and one by one, until there are enough.
  first AS MATERIALIZED (
    SELECT f.tenant_id, f.aggregate, h.id, h.event_seq FROM (SELECT * FROM front ORDER BY place) f CROSS JOIN LATERAL (
      SELECT o.id, o.event_seq FROM public.outbox o
       WHERE o.tenant_id = f.tenant_id AND o.aggregate = f.aggregate AND o.finished_at IS NULL ORDER BY o.event_seq LIMIT 1) h
      JOIN public.outbox o ON o.tenant_id = f.tenant_id AND o.id = h.id
     WHERE o.finished_at IS NULL AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
     ORDER BY f.place LIMIT $2 FOR UPDATE OF o SKIP LOCKED),
  -- Where all of these wait behind what is not due: all aggregates, jumping from one to the next in the index. What waits behind a head
  -- costs nothing then, and it may be thousands.
  jump AS (
    (SELECT o.tenant_id, o.aggregate, o.id, o.event_seq FROM public.outbox o
      WHERE o.finished_at IS NULL
        AND CASE WHEN EXISTS (SELECT FROM first) OR (SELECT count(*) FROM waiting) < 2 * $2 THEN false ELSE NOT EXISTS (
          SELECT FROM front f CROSS JOIN LATERAL (
            SELECT o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp()) AS due FROM public.outbox o
             WHERE o.tenant_id = f.tenant_id AND o.aggregate = f.aggregate AND o.finished_at IS NULL ORDER BY o.event_seq LIMIT 1) h WHERE h.due) END
      ORDER BY o.tenant_id, o.aggregate, o.event_seq LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.aggregate, n.id, n.event_seq FROM jump j CROSS JOIN LATERAL (
      SELECT o.tenant_id, o.aggregate, o.id, o.event_seq FROM public.outbox o
       WHERE o.finished_at IS NULL AND (o.tenant_id, o.aggregate) > (j.tenant_id, j.aggregate)
       ORDER BY o.tenant_id, o.aggregate, o.event_seq LIMIT 1) n),
  later AS MATERIALIZED (
    SELECT j.tenant_id, j.aggregate, j.id, j.event_seq FROM jump j JOIN public.outbox o ON o.tenant_id = j.tenant_id AND o.id = j.id
     WHERE o.finished_at IS NULL AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
     ORDER BY o.run_at, o.tenant_id, o.event_seq LIMIT $2 FOR UPDATE OF o SKIP LOCKED),
  head AS (SELECT * FROM first UNION ALL SELECT * FROM later),
  share AS MATERIALIZED (SELECT $2 / greatest(1, count(*)) AS each FROM head),
  -- What follows each head as far as it is due: the row lock on the head keeps others from it.
  chosen AS MATERIALIZED (
    SELECT h.tenant_id, h.id FROM head h
    UNION ALL
    SELECT h.tenant_id, f.id FROM share CROSS JOIN head h CROSS JOIN LATERAL (
      SELECT o.id, bool_and(o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp()))
               OVER (ORDER BY o.event_seq ROWS UNBOUNDED PRECEDING) AS due
        FROM public.outbox o
       WHERE o.tenant_id = h.tenant_id AND o.aggregate = h.aggregate AND o.event_seq > h.event_seq AND o.finished_at IS NULL
       ORDER BY o.event_seq LIMIT share.each - 1) f
     WHERE share.each > 1 AND f.due),
  leased AS (
    UPDATE public.outbox o
       SET state = 'leased', owner = $1, epoch = o.epoch + 1, attempts = o.attempts + 1, lease_until = clock_timestamp() + make_interval(secs => $3)
      FROM chosen c WHERE o.tenant_id = c.tenant_id AND o.id = c.id AND o.finished_at IS NULL
    RETURNING o.tenant_id, o.id, o.event_id, o.event_seq, o.topic, o.aggregate, o.attempts, o.epoch, o.created_at)
  SELECT l.tenant_id, json_agg(ARRAY[l.id::text, l.event_id::text, l.event_seq::text, l.topic, l.aggregate, l.attempts::text, l.epoch::text,
           (date_part('epoch', l.created_at) * 1000)::bigint::text] ORDER BY l.event_seq)
    FROM leased l GROUP BY l.tenant_id
$$;
COMMENT ON FUNCTION app.lease_outbox_batch(text, integer, double precision) IS '@definer: one publisher serves the outbox of all tenants';
REVOKE EXECUTE ON FUNCTION app.lease_outbox_batch(text, integer, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lease_outbox_batch(text, integer, double precision) TO cal_app;
ALTER FUNCTION app.lease_outbox_batch(text, integer, double precision) OWNER TO cal_resolver;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;
