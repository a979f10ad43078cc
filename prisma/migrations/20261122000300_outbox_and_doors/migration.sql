-- The outbox, and the few doors through which the app looks across tenants before one is known.

-- Heads of aggregates and due messages; finished ones are in neither.
CREATE INDEX outbox_head ON public.outbox (tenant_id, aggregate, event_seq) WHERE state IN ('ready', 'leased');
CREATE INDEX outbox_due ON public.outbox (run_at, tenant_id, event_seq) WHERE state IN ('ready', 'leased');
CREATE INDEX outbox_dead ON public.outbox (tenant_id, id) WHERE state = 'dead';
-- For the doors below, which have no tenant to begin with.
CREATE INDEX api_tokens_by_hash ON public.api_tokens (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX price_changes_to_do ON public.price_changes (state, schedule_at) WHERE state IN ('approved', 'scheduled', 'applying', 'ending');
CREATE INDEX price_changes_busy ON public.price_changes (tenant_id, id) WHERE activity IS NOT NULL;
CREATE INDEX catalog_syncs_open ON public.catalog_syncs (tenant_id, id) WHERE state IN ('running', 'importing');
CREATE INDEX webhook_inbox_received ON public.webhook_inbox (tenant_id, received_at) WHERE state = 'received';

CREATE FUNCTION app.ring_outbox() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Delivered after the commit, once for a transaction however many messages it wrote.
  PERFORM pg_notify('calibrate_outbox', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER ring AFTER INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION app.ring_outbox();

-- The doors run as cal_resolver. FORCE ROW LEVEL SECURITY binds even the owner, so a function that must see every tenant needs a
-- role that may. cal_resolver cannot log in, owns these functions and nothing else, and has the rights below and no others;
-- test/integration/database-audit.test.ts holds it to that.

CREATE FUNCTION app.resolve_tenant_by_shop(domain text) RETURNS TABLE (tenant_id uuid, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT t.tenant_id, t.state FROM public.tenants t WHERE t.tenant_id = app.tenant_id_of(domain)
$$;
COMMENT ON FUNCTION app.resolve_tenant_by_shop(text) IS '@definer: a request from Shopify names a shop; its tenant is not known yet';

CREATE FUNCTION app.resolve_tenant_by_token(hash bytea) RETURNS TABLE (tenant_id uuid, token_id uuid, scopes text[], revoked boolean, tenant_state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT k.tenant_id, k.id, k.scopes, k.revoked_at IS NOT NULL, t.state
    FROM public.api_tokens k JOIN public.tenants t ON t.tenant_id = k.tenant_id
   WHERE k.token_hash = hash
$$;
COMMENT ON FUNCTION app.resolve_tenant_by_token(bytea) IS '@definer: an API request brings a token; its tenant is not known yet';

-- The tenant follows from the session's id, which names its shop: `offline_SHOP` or `SHOP_USER`.
CREATE FUNCTION app.load_session(session_id text) RETURNS SETOF public.shop_sessions
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.* FROM public.shop_sessions s
   WHERE s.tenant_id = app.tenant_id_of(CASE WHEN starts_with(session_id, 'offline_') THEN substr(session_id, 9)
                                             ELSE regexp_replace(session_id, '_[^_]*$', '') END)
     AND s.id = session_id
$$;
COMMENT ON FUNCTION app.load_session(text) IS '@definer: Shopify''s SDK asks for a session by its id alone';

-- Makes the shop's tenant or marks it installed again. Empty texts and no scopes keep what is known; currency and time zone are only
-- for a new tenant: afterwards the tenant itself changes them.
CREATE FUNCTION app.install_shop(domain text, name text, currency text, time_zone text, plan text, scopes text[]) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO public.tenants AS t (tenant_id, shop_domain, name, currency_code, time_zone, plan, scopes)
  VALUES (app.tenant_id_of($1), lower($1), $2, $3, $4, $5, $6)
  ON CONFLICT (tenant_id) DO UPDATE SET
    name = coalesce(nullif(excluded.name, ''), t.name),
    plan = coalesce(nullif(excluded.plan, ''), t.plan),
    scopes = CASE WHEN cardinality(excluded.scopes) > 0 THEN excluded.scopes ELSE t.scopes END,
    installed_at = CASE WHEN t.state = 'installed' THEN t.installed_at ELSE now() END,
    state = 'installed',
    uninstalled_at = NULL,
    updated_at = now()
  WHERE t.state <> 'installed' OR (excluded.name NOT IN ('', t.name)) OR (excluded.plan NOT IN ('', t.plan))
     OR (cardinality(excluded.scopes) > 0 AND excluded.scopes <> t.scopes);
  SELECT app.tenant_id_of($1);
$$;
COMMENT ON FUNCTION app.install_shop(text, text, text, text, text, text[]) IS '@definer: a shop that installs the app has no tenant yet';

-- Leases due messages for lease_seconds: only the head of each aggregate, so that an aggregate is told in order, and nothing that
-- another publisher holds. A lease that ran out is taken over; epoch tells the late holder that it lost. A dead letter does not
-- hold up what comes after it.
CREATE FUNCTION app.lease_outbox(owner text, max integer, lease_seconds integer)
RETURNS TABLE (tenant_id uuid, id uuid, event_id uuid, event_seq bigint, topic text, aggregate text, payload jsonb, attempts integer, epoch integer, lease_until timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS MATERIALIZED (
    SELECT o.tenant_id, o.id FROM public.outbox o
     WHERE o.state IN ('ready', 'leased') AND o.run_at <= clock_timestamp() AND (o.state = 'ready' OR o.lease_until < clock_timestamp())
       AND NOT EXISTS (SELECT FROM public.outbox p
                        WHERE p.tenant_id = o.tenant_id AND p.aggregate = o.aggregate AND p.event_seq < o.event_seq
                          AND p.state IN ('ready', 'leased'))
     ORDER BY o.run_at, o.tenant_id, o.event_seq LIMIT $2 FOR UPDATE OF o SKIP LOCKED)
  UPDATE public.outbox o
     SET state = 'leased', owner = $1, epoch = o.epoch + 1, attempts = o.attempts + 1,
         lease_until = clock_timestamp() + make_interval(secs => $3)
    FROM due WHERE o.tenant_id = due.tenant_id AND o.id = due.id
  RETURNING o.tenant_id, o.id, o.event_id, o.event_seq, o.topic, o.aggregate, o.payload, o.attempts, o.epoch, o.lease_until
$$;
COMMENT ON FUNCTION app.lease_outbox(text, integer, integer) IS '@definer: one publisher serves the outbox of all tenants';

-- What is unfinished anywhere, for the tick that rings again. id is null where the work is the tenant's as a whole.
CREATE FUNCTION app.list_due_work() RETURNS TABLE (kind text, tenant_id uuid, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH live AS (SELECT t.tenant_id FROM public.tenants t WHERE t.state = 'installed')
  SELECT 'price_change', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id) WHERE c.state IN ('applying', 'ending')
  UNION ALL
  SELECT 'scheduled', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id)
   WHERE c.state IN ('approved', 'scheduled') AND c.schedule_at <= now()
  UNION ALL
  SELECT 'preview', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id) WHERE c.activity IS NOT NULL
  UNION ALL
  SELECT 'sync', s.tenant_id, s.id::text FROM public.catalog_syncs s JOIN live USING (tenant_id) WHERE s.state IN ('running', 'importing')
  UNION ALL
  -- Also of shops that left: their privacy webhooks come afterwards.
  SELECT DISTINCT 'webhooks', w.tenant_id, NULL FROM public.webhook_inbox w WHERE w.state = 'received'
$$;
COMMENT ON FUNCTION app.list_due_work() IS '@definer: the tick rings for the unfinished work of all tenants';

CREATE FUNCTION app.list_tenants_installed() RETURNS TABLE (tenant_id uuid, shop_domain text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT t.tenant_id, t.shop_domain FROM public.tenants t WHERE t.state = 'installed' ORDER BY t.shop_domain
$$;
COMMENT ON FUNCTION app.list_tenants_installed() IS '@definer: schedules run for every shop that has the app';

-- Sums over all tenants and nothing of any one of them. outbox_lag_ms: how long the oldest due message has been waiting.
CREATE FUNCTION app.metrics_snapshot() RETURNS TABLE (outbox_pending bigint, outbox_dead bigint, outbox_lag_ms bigint, inbox_received bigint, tenants_installed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (SELECT count(*) FROM public.outbox o WHERE o.state IN ('ready', 'leased')),
         (SELECT count(*) FROM public.outbox o WHERE o.state = 'dead'),
         (SELECT coalesce(greatest(0, (extract(epoch FROM clock_timestamp() - min(o.run_at)) * 1000)::bigint), 0)
            FROM public.outbox o WHERE o.state IN ('ready', 'leased')),
         (SELECT count(*) FROM public.webhook_inbox w WHERE w.state = 'received'),
         (SELECT count(*) FROM public.tenants t WHERE t.state = 'installed')
$$;
COMMENT ON FUNCTION app.metrics_snapshot() IS '@definer: /metrics counts over all tenants';

GRANT SELECT, INSERT ON public.tenants TO cal_resolver;
GRANT UPDATE (name, plan, scopes, state, installed_at, uninstalled_at, updated_at) ON public.tenants TO cal_resolver;
GRANT SELECT (tenant_id, id, token_hash, scopes, revoked_at) ON public.api_tokens TO cal_resolver;
GRANT SELECT ON public.shop_sessions, public.outbox TO cal_resolver;
GRANT UPDATE (state, owner, epoch, attempts, lease_until) ON public.outbox TO cal_resolver;
GRANT SELECT (tenant_id, id, state, activity, schedule_at) ON public.price_changes TO cal_resolver;
GRANT SELECT (tenant_id, id, state) ON public.catalog_syncs TO cal_resolver;
GRANT SELECT (tenant_id, state) ON public.webhook_inbox TO cal_resolver;

DO $$
DECLARE
  door regprocedure;
BEGIN
  -- The new owner of a function must be allowed to make one there; only for this moment.
  GRANT CREATE ON SCHEMA app TO cal_resolver;
  FOREACH door IN ARRAY ARRAY[
    'app.resolve_tenant_by_shop(text)', 'app.resolve_tenant_by_token(bytea)', 'app.load_session(text)',
    'app.install_shop(text,text,text,text,text,text[])', 'app.lease_outbox(text,integer,integer)', 'app.list_due_work()',
    'app.list_tenants_installed()', 'app.metrics_snapshot()']::regprocedure[]
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', door);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO cal_app', door);
    EXECUTE format('ALTER FUNCTION %s OWNER TO cal_resolver', door);
  END LOOP;
  REVOKE CREATE ON SCHEMA app FROM cal_resolver;
  REVOKE EXECUTE ON FUNCTION app.ring_outbox() FROM PUBLIC;
END
$$;
