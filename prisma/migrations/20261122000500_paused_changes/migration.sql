-- A change that was paused may still have rows whose write was never answered; what became of them is found out while it is paused,
-- or it could never be cancelled. The tick rings for it as for one that is being applied.
CREATE INDEX price_changes_paused ON public.price_changes (tenant_id, id) WHERE state = 'paused';

GRANT CREATE ON SCHEMA app TO cal_resolver;
SET LOCAL ROLE cal_resolver;
CREATE OR REPLACE FUNCTION app.list_due_work() RETURNS TABLE (kind text, tenant_id uuid, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH live AS (SELECT t.tenant_id FROM public.tenants t WHERE t.state = 'installed')
  SELECT 'price_change', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id) WHERE c.state IN ('applying', 'ending')
  UNION ALL
  SELECT 'price_change', c.tenant_id, c.id::text FROM public.price_changes c JOIN live USING (tenant_id) WHERE c.state = 'paused'
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
RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;
