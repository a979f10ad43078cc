-- The catalog on its way in: exports are put aside in small committed steps and merged in bounded ones, so that nothing is open as long
-- as a download; and what is known about how far behind the shop the catalog is.

-- Each fact in a column of its own: taking a million documents apart again cost more than all the rest of an import. Columns of a worker
-- of before stay, so that it can finish what it staged. Nothing here needs to survive a crash of the server: what is missing
-- afterwards is counted and read again.
ALTER TABLE public.catalog_staging SET UNLOGGED;
ALTER TABLE public.catalog_staging
  ALTER COLUMN payload DROP NOT NULL,
  ADD COLUMN id uuid,
  ADD COLUMN product_id uuid,
  ADD COLUMN title text,
  ADD COLUMN title_key text,
  ADD COLUMN handle text,
  ADD COLUMN handle_key text,
  ADD COLUMN vendor text,
  ADD COLUMN vendor_key text,
  ADD COLUMN product_type text,
  ADD COLUMN type_key text,
  ADD COLUMN status text,
  ADD COLUMN status_key text,
  ADD COLUMN tags text[],
  ADD COLUMN tag_keys text[],
  ADD COLUMN created_at timestamptz(6),
  ADD COLUMN published_at timestamptz(6),
  ADD COLUMN updated_at timestamptz(6),
  ADD COLUMN position integer,
  ADD COLUMN sku text,
  ADD COLUMN sku_key text,
  ADD COLUMN barcode text,
  ADD COLUMN barcode_key text,
  ADD COLUMN price bigint,
  ADD COLUMN compare_at bigint,
  ADD COLUMN cost bigint,
  ADD COLUMN cost_told boolean,
  ADD COLUMN inventory_quantity integer,
  ADD COLUMN options jsonb,
  ADD COLUMN option_keys jsonb,
  ADD COLUMN option_names text[],
  ADD COLUMN inventory_item_ref bigint;

-- A webhook about an inventory item names only that; under row-level security nothing finds it inside channel_refs but a walk through all.
-- Empty in rows of before until the next full sync.
ALTER TABLE public.variants ADD COLUMN inventory_item_ref bigint;
CREATE INDEX variants_tenant_id_inventory_item_ref_idx ON public.variants (tenant_id, inventory_item_ref);

-- Where a sync stands: lines of the export that are staged, parts of it that are merged, and what the parts did.
ALTER TABLE public.catalog_syncs
  ADD COLUMN reason text NOT NULL DEFAULT 'asked',
  ADD COLUMN exports integer NOT NULL DEFAULT 0,
  ADD COLUMN export_started_at timestamptz(6),
  ADD COLUMN reads integer NOT NULL DEFAULT 0,
  ADD COLUMN staged_lines integer NOT NULL DEFAULT 0,
  ADD COLUMN parts integer NOT NULL DEFAULT 0,
  ADD COLUMN parts_merged integer NOT NULL DEFAULT 0,
  ADD COLUMN prices_changed integer NOT NULL DEFAULT 0,
  ADD COLUMN deactivated integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT catalog_syncs_reason CHECK (reason IN ('asked', 'currency', 'deletions', 'routine'));

-- How far behind the shop the catalog may be: one row for a shop from its first reconciliation on. Everything that the shop changed
-- before reconciled_until (its own clock) is known since reconciled_at (ours). pass_* is a reconciliation that is under way,
-- drift_* what the last one found that no webhook had told.
CREATE TABLE public.catalog_freshness (
  tenant_id uuid NOT NULL,
  next_at timestamptz(6) NOT NULL,
  reconciled_until timestamptz(6),
  reconciled_at timestamptz(6),
  pass_started_at timestamptz(6),
  pass_from timestamptz(6),
  pass_cursor text,
  pass_products integer NOT NULL DEFAULT 0,
  pass_differing integer NOT NULL DEFAULT 0,
  pass_prices integer NOT NULL DEFAULT 0,
  pass_oldest_at timestamptz(6),
  drift_found_at timestamptz(6),
  drift_products integer NOT NULL DEFAULT 0,
  drift_prices integer NOT NULL DEFAULT 0,
  drift_oldest_at timestamptz(6),
  counts_differ_since timestamptz(6),
  subscriptions_checked_at timestamptz(6),
  subscriptions_next_at timestamptz(6),
  CONSTRAINT catalog_freshness_pkey PRIMARY KEY (tenant_id)
);
ALTER TABLE public.catalog_freshness ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.catalog_freshness FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.catalog_freshness USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()));
GRANT SELECT, INSERT, UPDATE ON public.catalog_freshness TO cal_app;
GRANT SELECT (tenant_id, next_at, reconciled_at, subscriptions_checked_at, subscriptions_next_at) ON public.catalog_freshness TO cal_resolver;
GRANT SELECT (finished_at) ON public.catalog_syncs TO cal_resolver;
GRANT SELECT (received_at) ON public.webhook_inbox TO cal_resolver;

GRANT CREATE ON SCHEMA app TO cal_resolver;
SET LOCAL ROLE cal_resolver;
-- What is to be looked after without anybody having told us: the tick asks for it before a tenant is known.
CREATE FUNCTION app.list_due_inbound() RETURNS TABLE (kind text, tenant_id uuid, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT 'subscriptions', t.tenant_id, NULL FROM public.tenants t LEFT JOIN public.catalog_freshness f USING (tenant_id)
   WHERE t.state = 'installed' AND coalesce(f.subscriptions_next_at <= now() OR f.subscriptions_checked_at < t.installed_at, true)
  UNION ALL
  -- A catalog that was never brought in has nothing to be compared with, and one that is being brought in will be right.
  SELECT 'reconcile', t.tenant_id, NULL FROM public.tenants t LEFT JOIN public.catalog_freshness f USING (tenant_id)
   WHERE t.state = 'installed' AND coalesce(f.next_at <= now(), true)
     AND EXISTS (SELECT FROM public.catalog_syncs s WHERE s.tenant_id = t.tenant_id AND s.state = 'completed')
     AND NOT EXISTS (SELECT FROM public.catalog_syncs s WHERE s.tenant_id = t.tenant_id AND s.state IN ('running', 'importing'))
$$;
COMMENT ON FUNCTION app.list_due_inbound() IS '@definer: the tick rings for what is to be looked after in all shops';

-- For the metrics of an operator: of all installed shops that have a catalog, the one that was compared with Shopify the longest ago,
-- and how many webhooks could not be processed in the last day.
CREATE FUNCTION app.inbound_snapshot() RETURNS TABLE (catalog_behind_seconds bigint, webhooks_failed bigint, webhooks_waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT
    coalesce((SELECT max(extract(epoch FROM now() - greatest(f.reconciled_at, s.finished_at)))::bigint
      FROM public.tenants t
      JOIN LATERAL (SELECT max(c.finished_at) AS finished_at FROM public.catalog_syncs c WHERE c.tenant_id = t.tenant_id AND c.state = 'completed') s ON s.finished_at IS NOT NULL
      LEFT JOIN public.catalog_freshness f ON f.tenant_id = t.tenant_id
     WHERE t.state = 'installed'), 0),
    (SELECT count(*) FROM public.webhook_inbox w WHERE w.state = 'failed' AND w.received_at > now() - interval '1 day'),
    (SELECT count(*) FROM public.webhook_inbox w WHERE w.state = 'received')
$$;
COMMENT ON FUNCTION app.inbound_snapshot() IS '@definer: /metrics counts over all tenants';
RESET ROLE;
REVOKE EXECUTE ON FUNCTION app.list_due_inbound(), app.inbound_snapshot() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.list_due_inbound(), app.inbound_snapshot() TO cal_app;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;
