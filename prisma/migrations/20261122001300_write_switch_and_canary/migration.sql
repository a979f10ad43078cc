-- The switch that stops every write of a shop says since when, by whom and why; a change that is applied to a part first, and one
-- that pauses because too much goes wrong, keep what they need in Postgres, so that a killed worker loses nothing.

ALTER TABLE public.tenants
  ADD COLUMN writes_stopped_at timestamptz(6),
  ADD COLUMN writes_stopped_by text,
  ADD COLUMN writes_stop_reason text;
GRANT UPDATE (writes_stopped_at, writes_stopped_by, writes_stop_reason) ON public.tenants TO cal_app;

-- canary: how far the first part is and what was found there; the rows of the rest stay planned until it is over.
-- pause_on: the limits, and how many rows had ended when it was last started or resumed.
-- pause_code is for programs what pause_reason is for people.
ALTER TABLE public.price_changes
  ADD COLUMN canary jsonb,
  ADD COLUMN pause_on jsonb,
  ADD COLUMN pause_code text;

-- When the live price of a row of the first part was read again after the last of them had ended.
ALTER TABLE public.price_change_items ADD COLUMN verified_at timestamptz(6);
GRANT UPDATE (verified_at) ON public.price_change_items TO cal_app;

-- The lock between the switch and the workers' intents: an intent holds it shared, the switch alone, so that when the switch has
-- answered every intent is either recorded, and then counted as in flight, or will see that writes are stopped. Not a row lock:
-- holders of a shared row lock can keep the switch waiting for ever, while this one queues.
CREATE FUNCTION app.hold_writes_shared() RETURNS void LANGUAGE sql VOLATILE
RETURN pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('calibrate:writes:' || app.tenant_id(), 0));
CREATE FUNCTION app.hold_writes_alone() RETURNS void LANGUAGE sql VOLATILE
RETURN pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('calibrate:writes:' || app.tenant_id(), 0));
REVOKE EXECUTE ON FUNCTION app.hold_writes_shared(), app.hold_writes_alone() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.hold_writes_shared(), app.hold_writes_alone() TO cal_app;

-- /metrics also says how many shops have their writes stopped. Another row type needs another function.
DROP FUNCTION app.metrics_snapshot();
GRANT CREATE ON SCHEMA app TO cal_resolver;
CREATE FUNCTION app.metrics_snapshot() RETURNS TABLE (outbox_pending bigint, outbox_dead bigint, outbox_lag_ms bigint, inbox_received bigint, tenants_installed bigint, tenants_stopped bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (SELECT count(*) FROM public.outbox o WHERE o.state IN ('ready', 'leased')),
         (SELECT count(*) FROM public.outbox o WHERE o.state = 'dead'),
         (SELECT coalesce(greatest(0, (extract(epoch FROM clock_timestamp() - min(o.run_at)) * 1000)::bigint), 0)
            FROM public.outbox o WHERE o.state IN ('ready', 'leased')),
         (SELECT count(*) FROM public.webhook_inbox w WHERE w.state = 'received'),
         (SELECT count(*) FROM public.tenants t WHERE t.state = 'installed'),
         (SELECT count(*) FROM public.tenants t WHERE t.state = 'installed' AND t.writes_stopped)
$$;
COMMENT ON FUNCTION app.metrics_snapshot() IS '@definer: /metrics counts over all tenants';
REVOKE EXECUTE ON FUNCTION app.metrics_snapshot() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.metrics_snapshot() TO cal_app;
ALTER FUNCTION app.metrics_snapshot() OWNER TO cal_resolver;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;
