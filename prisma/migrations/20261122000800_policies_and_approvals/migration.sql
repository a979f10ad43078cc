-- What people decided about price changes, and the one policy document of a shop.
CREATE TABLE public.price_change_decisions (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  change_id uuid NOT NULL,
  -- Order within the change, given under the change's lock.
  seq integer NOT NULL,
  plan_hash text,
  decision text NOT NULL,
  actor text NOT NULL,
  role text NOT NULL,
  comment text,
  created_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT price_change_decisions_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_change_decisions_tenant_id_change_id_fkey FOREIGN KEY (tenant_id, change_id) REFERENCES public.price_changes (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT price_change_decisions_decision CHECK (decision IN ('approve', 'reject', 'comment', 'void')),
  CONSTRAINT price_change_decisions_approval_has_hash CHECK (decision <> 'approve' OR plan_hash IS NOT NULL)
);
CREATE UNIQUE INDEX price_change_decisions_tenant_id_change_id_seq_key ON public.price_change_decisions (tenant_id, change_id, seq);
ALTER TABLE public.price_change_decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.price_change_decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.price_change_decisions USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()));
-- A decision is never changed or taken away: no UPDATE, no DELETE.
GRANT SELECT, INSERT ON public.price_change_decisions TO cal_app;

-- How many people had to approve, as it was decided when the plan was approved: the policies may change later.
ALTER TABLE public.price_changes ADD COLUMN approvals_required integer;
ALTER TABLE public.price_changes ADD CONSTRAINT price_changes_approvals_required CHECK (approvals_required IN (1, 2));

-- A shop has one policy document; its versions are in discount_policy_versions. Prisma passes over partial indexes.
CREATE UNIQUE INDEX discount_policies_one_guardrail ON public.discount_policies (tenant_id) WHERE type = 'guardrail' AND deleted_at IS NULL;
-- The daily cap counts what went out lately.
CREATE INDEX price_change_items_sent ON public.price_change_items (tenant_id, intent_at) WHERE intent_at IS NOT NULL;
