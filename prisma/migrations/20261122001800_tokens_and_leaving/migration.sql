-- From installing to leaving: who may get a shop's next access token, what no longer ends by itself after the app was removed, and an
-- erasure that finds its tables in the catalog and leaves evidence.

-- A refresh of an access token takes what Shopify asks and nobody else may do it meanwhile: every new token revokes the one before.
-- A lease and not a lock: one who is stopped in the middle holds nobody up for longer than it, and no connection waits for Shopify.
-- not_before: when the worker tries again by itself after Shopify could not answer.
CREATE TABLE public.token_leases (
  tenant_id uuid NOT NULL,
  owner text,
  lease_until timestamptz(6),
  not_before timestamptz(6),
  CONSTRAINT token_leases_pkey PRIMARY KEY (tenant_id)
);
-- What was erased because Shopify asked: when, why, how much. Nothing of the shop itself: the rows lie with the operator (tenant 0, which
-- no shop has), and the proof is a hash by which one who knows the shop's domain finds its row.
CREATE TABLE public.erasures (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  reason text NOT NULL,
  proof bytea NOT NULL,
  row_count bigint NOT NULL,
  table_count integer NOT NULL,
  erased_at timestamptz(6) NOT NULL DEFAULT now(),
  CONSTRAINT erasures_pkey PRIMARY KEY (tenant_id, id)
);
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['token_leases', 'erasures'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON public.%I USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()))', name);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.token_leases TO cal_app;
GRANT SELECT ON public.token_leases TO cal_resolver;
GRANT SELECT ON public.erasures TO cal_app;

-- Since when a campaign no longer ends by itself: the app was removed while it ran, so that its end could not be written, and after
-- another installation nothing is written that nobody asks for.
ALTER TABLE public.price_changes ADD COLUMN held_at timestamptz(6);
GRANT SELECT (held_at) ON public.price_changes TO cal_resolver;

GRANT CREATE ON SCHEMA app TO cal_resolver;
SET LOCAL ROLE cal_resolver;
-- Offline tokens that end within so many seconds, of shops that have the app and can be given another. The tick asks for them.
CREATE FUNCTION app.list_tokens_ending(within_seconds integer) RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT t.tenant_id
    FROM public.tenants t
    JOIN public.shop_sessions s ON s.tenant_id = t.tenant_id AND s.id = 'offline_' || t.shop_domain
    LEFT JOIN public.token_leases l ON l.tenant_id = t.tenant_id
   WHERE t.state = 'installed' AND s.refresh_token IS NOT NULL AND s.expires <= now() + make_interval(secs => within_seconds)
     AND coalesce(s.refresh_token_expires > now(), true)
     AND coalesce(l.not_before <= now(), true) AND (l.owner IS NULL OR l.lease_until < now())
$$;
COMMENT ON FUNCTION app.list_tokens_ending(integer) IS '@definer: the tick refreshes the access tokens of all tenants before they end, also where nothing else happens';
-- Shops with a token that another key than this one sealed.
CREATE FUNCTION app.list_sealed_otherwise(key_id text) RETURNS TABLE (tenant_id uuid, key_ids text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.tenant_id, array_agg(DISTINCT k.id)
    FROM public.shop_sessions s CROSS JOIN LATERAL (VALUES (split_part(s.access_token, '.', 2)), (split_part(s.refresh_token, '.', 2))) k (id)
   WHERE k.id <> key_id GROUP BY s.tenant_id
$$;
COMMENT ON FUNCTION app.list_sealed_otherwise(text) IS '@definer: after a change of the encryption key the tokens of all tenants are sealed again';
-- Held campaigns are no work; all else is as before.
CREATE OR REPLACE FUNCTION app.list_due_work() RETURNS TABLE (kind text, tenant_id uuid, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH live AS (SELECT t.tenant_id FROM public.tenants t WHERE t.state = 'installed'),
  scheduled AS (
    SELECT c.tenant_id FROM public.price_changes c WHERE c.state IN ('approved', 'scheduled') AND c.schedule_at <= now()
    UNION
    SELECT c.tenant_id FROM public.price_changes c
     WHERE c.end_at <= now() AND c.state IN ('draft', 'previewed', 'approved', 'scheduled', 'applying', 'paused', 'applied', 'partially_applied')
       AND (c.state NOT IN ('draft', 'previewed') OR c.series_id IS NOT NULL) AND c.held_at IS NULL
    UNION
    SELECT c.tenant_id FROM public.price_changes c WHERE c.follow_at <= now()
    UNION
    SELECT c.tenant_id FROM public.price_changes c WHERE c.plan_at <= now()
    UNION
    SELECT p.tenant_id FROM public.discount_policies p WHERE p.automation_at <= now() AND p.enabled AND p.deleted_at IS NULL)
  SELECT 'price_change', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id) WHERE c.state IN ('applying', 'ending')
  UNION ALL
  SELECT 'price_change', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id) WHERE c.state = 'paused'
  UNION ALL
  SELECT 'schedules', s.tenant_id, NULL FROM scheduled s JOIN live USING (tenant_id)
  UNION ALL
  SELECT 'preview', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id) WHERE c.activity IS NOT NULL
  UNION ALL
  SELECT 'sync', s.tenant_id, s.id::text FROM public.catalog_syncs s JOIN live USING (tenant_id) WHERE s.state IN ('running', 'importing')
  UNION ALL
  -- Also of shops that left: their privacy webhooks come afterwards.
  SELECT DISTINCT 'webhooks', w.tenant_id, NULL FROM public.webhook_inbox w WHERE w.state = 'received'
$$;
REVOKE EXECUTE ON FUNCTION app.list_tokens_ending(integer), app.list_sealed_otherwise(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.list_tokens_ending(integer), app.list_sealed_otherwise(text) TO cal_app;
RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;

-- Everything of the current tenant, in every table that has tenants, by the catalog: a table of a later migration is erased without being
-- named here. Partitions go with what they are part of. What points at rows is emptied before what it points at. Answers how many rows
-- there were; fails, and so erases nothing, if one is left.
CREATE OR REPLACE FUNCTION app.erase_tenant(reason text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant CONSTANT uuid := app.tenant_id();
  operator CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  relations oid[];
  waiting oid[];
  relation oid;
  counted bigint;
  total bigint := 0;
  domain text;
BEGIN
  IF tenant IS NULL OR coalesce(reason, '') = '' OR tenant = operator THEN
    RAISE EXCEPTION 'erase_tenant needs a tenant and a reason' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT t.shop_domain INTO domain FROM public.tenants t;
  SELECT array_agg(c.oid ORDER BY c.relname) INTO relations
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
     AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dispatch', 'graphile_worker');
  -- Counted first: a deleted product takes its variants with it.
  FOREACH relation IN ARRAY relations LOOP
    EXECUTE format('SELECT count(*) FROM %s WHERE tenant_id = $1', relation::regclass) INTO counted USING tenant;
    total := total + counted;
  END LOOP;
  PERFORM set_config('app.erasing', tenant::text, true);
  waiting := relations;
  WHILE cardinality(waiting) > 0 LOOP
    -- One that no table left over points at; in a circle of tables any, and the database says if that cannot be.
    SELECT w INTO relation FROM unnest(waiting) WITH ORDINALITY u (w, place)
     ORDER BY EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = w AND k.conrelid <> w AND k.conrelid = ANY (waiting)),
              w = 'public.tenants'::regclass, place LIMIT 1;
    EXECUTE format('DELETE FROM %s WHERE tenant_id = $1', relation::regclass) USING tenant;
    waiting := array_remove(waiting, relation);
  END LOOP;
  PERFORM set_config('app.erasing', '', true);
  FOREACH relation IN ARRAY relations LOOP
    EXECUTE format('SELECT count(*) FROM %s WHERE tenant_id = $1', relation::regclass) INTO counted USING tenant;
    IF counted > 0 THEN
      RAISE EXCEPTION '% rows are left in %', counted, relation::regclass USING ERRCODE = 'restrict_violation';
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', operator::text, true);
  INSERT INTO public.erasures (tenant_id, reason, proof, row_count, table_count)
  VALUES (operator, erase_tenant.reason, sha256(convert_to('calibrate:erasure:' || coalesce(domain, tenant::text), 'UTF8')), total, cardinality(relations));
  PERFORM set_config('app.tenant_id', tenant::text, true);
  RETURN total;
END
$$;
