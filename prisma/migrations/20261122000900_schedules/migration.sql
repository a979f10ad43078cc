-- Price changes that come again, saved rules that run by themselves, and plans that no longer fit what they were made from.

-- series_id: the first change of a recurring one, or the saved rule whose runs these are. occurrence_at: the start of this one's window.
-- follow_at: when the next one of the series is to be made; plan_at: when this one is to be planned. Both null once done.
-- content_hash: what the plan would write, whatever its rows' ids: two plans with the same one do the same.
-- note: what a person should know, such as why it waits; stale_reason: why the plan should be made again.
ALTER TABLE public.price_changes
  ADD COLUMN series_id uuid,
  ADD COLUMN occurrence_at timestamptz(6),
  ADD COLUMN follow_at timestamptz(6),
  ADD COLUMN plan_at timestamptz(6),
  ADD COLUMN content_hash text,
  ADD COLUMN note text,
  ADD COLUMN stale_reason text;
-- A window has one change, however many workers make it at once. One that was given up does not stand in the way of another.
CREATE UNIQUE INDEX price_changes_one_of_occurrence ON public.price_changes (tenant_id, series_id, occurrence_at)
  WHERE series_id IS NOT NULL AND occurrence_at IS NOT NULL AND state NOT IN ('cancelled', 'rejected');
CREATE INDEX price_changes_of_series ON public.price_changes (tenant_id, series_id, created_at) WHERE series_id IS NOT NULL;
CREATE INDEX price_changes_to_end ON public.price_changes (end_at)
  WHERE end_at IS NOT NULL AND state IN ('draft', 'previewed', 'approved', 'scheduled', 'applying', 'paused', 'applied', 'partially_applied');
CREATE INDEX price_changes_to_follow ON public.price_changes (follow_at) WHERE follow_at IS NOT NULL;
CREATE INDEX price_changes_to_plan ON public.price_changes (plan_at) WHERE plan_at IS NOT NULL;

-- What makes a saved rule run: a person, its schedule, or the catalog. automation_at: when it is next to be looked at;
-- automation_since: the first of the catalog's changes that it waits for; automation_done_at: the start of the last window it was run for.
ALTER TABLE public.discount_policies
  ADD COLUMN automation_trigger text NOT NULL DEFAULT 'manual',
  ADD COLUMN automation_at timestamptz(6),
  ADD COLUMN automation_since timestamptz(6),
  ADD COLUMN automation_done_at timestamptz(6),
  ADD CONSTRAINT discount_policies_automation_trigger CHECK (automation_trigger IN ('manual', 'schedule', 'catalog'));
CREATE INDEX discount_policies_to_run ON public.discount_policies (automation_at) WHERE automation_at IS NOT NULL;
-- A rule that is switched off or deleted is not run, whoever switches it.
CREATE INDEX discount_policies_by_trigger ON public.discount_policies (tenant_id, automation_trigger) WHERE automation_trigger <> 'manual' AND enabled AND deleted_at IS NULL;

-- Starts, ends and recurrences of a shop are one piece of work, so that they happen in the order of their times.
GRANT SELECT (end_at, follow_at, plan_at, series_id) ON public.price_changes TO cal_resolver;
GRANT SELECT (tenant_id, enabled, deleted_at, automation_at) ON public.discount_policies TO cal_resolver;
GRANT CREATE ON SCHEMA app TO cal_resolver;
SET LOCAL ROLE cal_resolver;
CREATE OR REPLACE FUNCTION app.list_due_work() RETURNS TABLE (kind text, tenant_id uuid, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH live AS (SELECT t.tenant_id FROM public.tenants t WHERE t.state = 'installed'),
  scheduled AS (
    SELECT c.tenant_id FROM public.price_changes c WHERE c.state IN ('approved', 'scheduled') AND c.schedule_at <= now()
    UNION
    SELECT c.tenant_id FROM public.price_changes c
     WHERE c.end_at <= now() AND c.state IN ('draft', 'previewed', 'approved', 'scheduled', 'applying', 'paused', 'applied', 'partially_applied')
       AND (c.state NOT IN ('draft', 'previewed') OR c.series_id IS NOT NULL)
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
RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM cal_resolver;
