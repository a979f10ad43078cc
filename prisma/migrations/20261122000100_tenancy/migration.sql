-- Who may see what: every table belongs to tenants, row by row, also for its owner.
-- The roles are made by prisma/bootstrap, because they belong to the cluster and not to one database.

CREATE SCHEMA app;
REVOKE ALL ON SCHEMA app FROM PUBLIC;
GRANT USAGE ON SCHEMA app TO cal_app, cal_resolver;
GRANT USAGE ON SCHEMA public TO cal_app, cal_resolver;

-- The tenant of this transaction. Plain SQL and stable, so that a plan computes it once and can use an index.
-- nullif: after a transaction that set it, the variable is '' and not NULL.
CREATE FUNCTION app.tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;

-- A shop's tenant follows from its domain, so a domain can never have two.
CREATE FUNCTION app.tenant_id_of(domain text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN md5('calibrate:shop:' || lower(domain))::uuid;

-- The id of what the channel calls `ref`: the same on every path that brings it in.
CREATE FUNCTION app.entity_id(tenant uuid, kind text, ref bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN md5(tenant || ':' || kind || ':' || ref)::uuid;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tenant_id(), app.tenant_id_of(text), app.entity_id(uuid, text, bigint) TO cal_app;
GRANT EXECUTE ON FUNCTION app.tenant_id_of(text) TO cal_resolver;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'tenants', 'shop_sessions', 'members', 'api_tokens', 'products', 'variants', 'price_versions', 'discount_policies',
    'discount_policy_versions', 'price_changes', 'price_change_items', 'events', 'audit_log', 'chain_heads', 'outbox',
    'webhook_inbox', 'catalog_syncs', 'catalog_staging', 'idempotency_keys', 'connector_health', 'change_projection']
  LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    -- FORCE: otherwise the owner, and every function that runs as the owner, sees all tenants.
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant ON public.%I USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()))',
      name);
  END LOOP;
  -- Prisma's own list of migrations; it is not there in a shadow database.
  IF to_regclass('public._prisma_migrations') IS NOT NULL THEN
    COMMENT ON TABLE public._prisma_migrations IS '@global: which migrations ran; holds nothing of a tenant, and /readyz reads it';
    GRANT SELECT ON public._prisma_migrations TO cal_app;
  END IF;
END
$$;

-- The app's rights, each no wider than what it does. What is missing is meant: products and variants become inactive and are
-- never deleted (their price history would go with them), a price version only ever gets its end, a plan row only its story,
-- a tenant is made by app.install_shop and erased by app.erase_tenant.
GRANT SELECT ON public.tenants, public.shop_sessions, public.members, public.api_tokens, public.products, public.variants,
  public.price_versions, public.discount_policies, public.discount_policy_versions, public.price_changes,
  public.price_change_items, public.events, public.audit_log, public.outbox, public.webhook_inbox, public.catalog_syncs,
  public.catalog_staging, public.idempotency_keys, public.connector_health, public.change_projection TO cal_app;
GRANT INSERT ON public.shop_sessions, public.members, public.api_tokens, public.products, public.variants,
  public.price_versions, public.discount_policies, public.discount_policy_versions, public.price_changes,
  public.price_change_items, public.events, public.audit_log, public.outbox, public.webhook_inbox, public.catalog_syncs,
  public.catalog_staging, public.idempotency_keys, public.connector_health, public.change_projection TO cal_app;
GRANT UPDATE ON public.shop_sessions, public.members, public.api_tokens, public.products, public.variants,
  public.discount_policies, public.price_changes, public.webhook_inbox, public.catalog_syncs, public.idempotency_keys,
  public.connector_health, public.change_projection TO cal_app;
GRANT UPDATE (name, currency_code, time_zone, plan, state, scopes, uninstalled_at, writes_stopped, updated_at)
  ON public.tenants TO cal_app;
GRANT UPDATE (valid_to) ON public.price_versions TO cal_app;
GRANT UPDATE (state, run_at, attempts, owner, lease_until, error, finished_at) ON public.outbox TO cal_app;
GRANT UPDATE (state, expected_price, expected_compare_at, live_price, live_compare_at, live_read_at, verdict, resolution,
  resolved_by, attempts, epoch, owner, lease_until, run_at, intent_at, request_id, finished_at)
  ON public.price_change_items TO cal_app;
GRANT DELETE ON public.shop_sessions, public.members, public.price_change_items, public.catalog_staging,
  public.idempotency_keys, public.change_projection TO cal_app;

-- A session belongs to the shop whose tenant it lies in, and its id says which: app.load_session finds the tenant from it.
ALTER TABLE public.tenants
  ADD CONSTRAINT tenants_id_is_of_domain CHECK (tenant_id = app.tenant_id_of(shop_domain)),
  ADD CONSTRAINT tenants_domain_is_lower CHECK (shop_domain = lower(shop_domain) AND shop_domain <> ''),
  ADD CONSTRAINT tenants_state CHECK (state IN ('installed', 'uninstalled')),
  ADD CONSTRAINT tenants_currency CHECK (currency_code ~ '^[A-Z]{3}$');
ALTER TABLE public.shop_sessions
  ADD CONSTRAINT shop_sessions_of_own_shop CHECK (tenant_id = app.tenant_id_of(shop_domain)),
  ADD CONSTRAINT shop_sessions_id_names_shop CHECK (id = 'offline_' || shop_domain OR starts_with(id, shop_domain || '_'));
ALTER TABLE public.members
  ADD CONSTRAINT members_role CHECK (role IN ('viewer', 'editor', 'approver', 'admin'));
ALTER TABLE public.variants
  ADD CONSTRAINT variants_amounts_not_negative CHECK (
    price >= 0 AND compare_at >= 0 AND cost >= 0 AND map_price >= 0
    AND baseline_price >= 0 AND baseline_compare_at >= 0);
ALTER TABLE public.price_versions
  ADD CONSTRAINT price_versions_amounts_not_negative CHECK (
    unit_amount >= 0 AND compare_at >= 0 AND baseline_amount >= 0 AND baseline_compare_at >= 0),
  ADD CONSTRAINT price_versions_currency CHECK (currency_code ~ '^[A-Z]{3}$');
ALTER TABLE public.price_changes
  ADD CONSTRAINT price_changes_kind CHECK (kind IN ('change', 'rollback', 'delta')),
  ADD CONSTRAINT price_changes_state CHECK (state IN ('draft', 'previewed', 'approved', 'scheduled', 'applying', 'paused', 'applied',
    'partially_applied', 'failed', 'rejected', 'cancelled', 'ending', 'ended')),
  ADD CONSTRAINT price_changes_currency CHECK (currency_code ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT price_changes_canary CHECK (canary_percent > 0 AND canary_percent <= 100);
ALTER TABLE public.price_change_items
  ADD CONSTRAINT price_change_items_outcome CHECK (outcome IN ('planned', 'unchanged', 'blocked')),
  ADD CONSTRAINT price_change_items_state CHECK (state IN ('planned', 'unchanged', 'blocked', 'queued', 'writing', 'applied', 'settled',
    'conflict', 'failed', 'cancelled', 'kept')),
  ADD CONSTRAINT price_change_items_amounts_not_negative CHECK (
    before_price >= 0 AND before_compare_at >= 0 AND after_price >= 0 AND after_compare_at >= 0
    AND baseline_price >= 0 AND baseline_compare_at >= 0 AND cost >= 0
    AND expected_price >= 0 AND expected_compare_at >= 0
    AND live_price >= 0 AND live_compare_at >= 0),
  ADD CONSTRAINT price_change_items_planned_has_price CHECK (outcome <> 'planned' OR after_price IS NOT NULL);
ALTER TABLE public.chain_heads
  ADD CONSTRAINT chain_heads_chain CHECK (chain IN ('events', 'audit'));
ALTER TABLE public.outbox
  ADD CONSTRAINT outbox_state CHECK (state IN ('ready', 'leased', 'done', 'dead', 'discarded'));
ALTER TABLE public.webhook_inbox
  ADD CONSTRAINT webhook_inbox_state CHECK (state IN ('received', 'done', 'ignored', 'failed'));
ALTER TABLE public.catalog_syncs
  ADD CONSTRAINT catalog_syncs_state CHECK (state IN ('running', 'importing', 'completed', 'failed'));

-- One open price of a variant.
CREATE UNIQUE INDEX price_versions_one_open ON public.price_versions (tenant_id, variant_id) WHERE valid_to IS NULL;

-- Prefix search (`^@`) stays on an index under RLS only with these: LIKE is not leakproof and would be checked row by row.
-- They are partial so that Prisma, which cannot express them, passes over them; the condition always holds.
CREATE INDEX products_title_prefix ON public.products (tenant_id, title_key text_pattern_ops) WHERE title_key IS NOT NULL;
CREATE INDEX products_handle_prefix ON public.products (tenant_id, handle_key text_pattern_ops) WHERE handle_key IS NOT NULL;
CREATE INDEX products_vendor_prefix ON public.products (tenant_id, vendor_key text_pattern_ops) WHERE vendor_key IS NOT NULL;
CREATE INDEX variants_sku_prefix ON public.variants (tenant_id, sku_key text_pattern_ops) WHERE sku_key IS NOT NULL;
CREATE INDEX variants_barcode_prefix ON public.variants (tenant_id, barcode_key text_pattern_ops) WHERE barcode_key IS NOT NULL;
