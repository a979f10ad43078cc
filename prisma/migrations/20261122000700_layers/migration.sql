-- Campaigns as layers over the baseline: which campaigns lie on a variant now, and the price each would show.
CREATE TABLE public.price_layers (
  tenant_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  change_id uuid NOT NULL,
  item_id uuid NOT NULL,
  price bigint NOT NULL,
  compare_at bigint,
  priority integer NOT NULL,
  starts_at timestamptz(6) NOT NULL,
  change_created_at timestamptz(6) NOT NULL,
  state text NOT NULL DEFAULT 'running',
  CONSTRAINT price_layers_pkey PRIMARY KEY (tenant_id, variant_id, change_id),
  CONSTRAINT price_layers_tenant_id_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES public.variants (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT price_layers_tenant_id_change_id_fkey FOREIGN KEY (tenant_id, change_id) REFERENCES public.price_changes (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT price_layers_amounts_not_negative CHECK (price >= 0 AND compare_at >= 0),
  CONSTRAINT price_layers_state CHECK (state IN ('running', 'ending'))
);
CREATE INDEX price_layers_tenant_id_change_id_idx ON public.price_layers (tenant_id, change_id);

ALTER TABLE public.price_layers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.price_layers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.price_layers USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()));
GRANT SELECT, INSERT, DELETE ON public.price_layers TO cal_app;
GRANT UPDATE (item_id, price, compare_at, priority, starts_at, change_created_at, state) ON public.price_layers TO cal_app;

-- The end of a campaign and a delta name the change they belong to.
CREATE INDEX price_changes_tenant_id_parent_id_idx ON public.price_changes (tenant_id, parent_id);
-- A variant is covered exactly while its baseline is kept apart.
ALTER TABLE public.variants ADD CONSTRAINT variants_layer_has_baseline CHECK ((layer_id IS NULL) = (baseline_price IS NULL));
