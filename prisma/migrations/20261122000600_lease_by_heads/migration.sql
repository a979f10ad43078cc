-- Leasing looked at every waiting message to find the heads: with thousands behind one aggregate that took half a second each time.
-- Its contract is as before. The function belongs to cal_resolver, so it is replaced in that role, which may make functions in the
-- schema only for this moment.

GRANT CREATE ON SCHEMA app TO cal_resolver;
SET ROLE cal_resolver;

CREATE OR REPLACE FUNCTION app.lease_outbox(owner text, max integer, lease_seconds integer)
RETURNS TABLE (tenant_id uuid, id uuid, event_id uuid, event_seq bigint, topic text, aggregate text, payload jsonb, attempts integer, epoch integer, lease_until timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  -- First the aggregates of what has waited longest: enough, unless many of those messages wait behind one another.
  WITH RECURSIVE waiting AS MATERIALIZED (
    SELECT o.tenant_id, o.aggregate FROM public.outbox o
     WHERE o.state IN ('ready', 'leased') AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
     ORDER BY o.run_at, o.tenant_id, o.event_seq LIMIT 2 * $2),
  front AS MATERIALIZED (
    SELECT w.tenant_id, w.aggregate, h.id FROM (SELECT DISTINCT * FROM waiting) w CROSS JOIN LATERAL (
      SELECT o.id FROM public.outbox o
       WHERE o.tenant_id = w.tenant_id AND o.aggregate = w.aggregate AND o.state IN ('ready', 'leased') ORDER BY o.event_seq LIMIT 1) h),
  -- Then all aggregates, jumping from one to the next in the index: what waits behind a head costs nothing, and it may be thousands.
  jump AS (
    (SELECT o.tenant_id, o.aggregate, o.id FROM public.outbox o
      WHERE o.state IN ('ready', 'leased') AND (SELECT count(*) FROM front) < $2 AND (SELECT count(*) FROM waiting) = 2 * $2
      ORDER BY o.tenant_id, o.aggregate, o.event_seq LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.aggregate, n.id FROM jump j CROSS JOIN LATERAL (
      SELECT o.tenant_id, o.aggregate, o.id FROM public.outbox o
       WHERE o.state IN ('ready', 'leased') AND (o.tenant_id, o.aggregate) > (j.tenant_id, j.aggregate)
       ORDER BY o.tenant_id, o.aggregate, o.event_seq LIMIT 1) n),
  head AS (SELECT f.tenant_id, f.id FROM front f UNION SELECT j.tenant_id, j.id FROM jump j),
  due AS MATERIALIZED (
    SELECT o.tenant_id, o.id FROM head h JOIN public.outbox o ON o.tenant_id = h.tenant_id AND o.id = h.id
     WHERE o.state IN ('ready', 'leased') AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
     ORDER BY o.run_at, o.tenant_id, o.event_seq LIMIT $2 FOR UPDATE OF o SKIP LOCKED)
  UPDATE public.outbox o
     SET state = 'leased', owner = $1, epoch = o.epoch + 1, attempts = o.attempts + 1,
         lease_until = clock_timestamp() + make_interval(secs => $3)
    FROM due WHERE o.tenant_id = due.tenant_id AND o.id = due.id
  RETURNING o.tenant_id, o.id, o.event_id, o.event_seq, o.topic, o.aggregate, o.payload, o.attempts, o.epoch, o.lease_until
$$;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;
