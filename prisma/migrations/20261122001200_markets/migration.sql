-- Prices of markets: the shop's price lists, every price we saw or wrote in one, and price changes that are made for one.

CREATE TABLE public.price_lists (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  ref bigint NOT NULL,
  name text NOT NULL,
  currency_code char(3) NOT NULL,
  adjustment_percent numeric(9,4),
  catalog_title text,
  active boolean NOT NULL DEFAULT true,
  prices_read_at timestamptz(6),
  synced_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT price_lists_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_lists_currency CHECK (currency_code ~ '^[A-Z]{3}$')
);
CREATE UNIQUE INDEX price_lists_tenant_id_ref_key ON public.price_lists (tenant_id, ref);

-- A history as price_versions is one for the shop's own prices; the open row is the price that holds. A table of its own: whatever reads
-- price_versions means the shop's own prices, and a worker of before that is still running goes on writing there by its unique index.
CREATE TABLE public.price_list_prices (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT uuidv7(),
  price_list_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  origin text NOT NULL,
  unit_amount bigint NOT NULL,
  compare_at bigint,
  valid_from timestamptz(6) NOT NULL,
  valid_to timestamptz(6),
  source text NOT NULL,
  price_change_id uuid,
  item_id uuid,
  correlation_id text,
  CONSTRAINT price_list_prices_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT price_list_prices_tenant_id_price_list_id_fkey FOREIGN KEY (tenant_id, price_list_id) REFERENCES public.price_lists (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT price_list_prices_tenant_id_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES public.variants (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT price_list_prices_origin CHECK (origin IN ('fixed', 'relative')),
  CONSTRAINT price_list_prices_amounts_not_negative CHECK (unit_amount >= 0 AND compare_at >= 0)
);
CREATE INDEX price_list_prices_of_variant ON public.price_list_prices (tenant_id, variant_id, price_list_id, valid_from DESC);
-- One open price of a variant in a list.
CREATE UNIQUE INDEX price_list_prices_one_open ON public.price_list_prices (tenant_id, price_list_id, variant_id) WHERE valid_to IS NULL;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['price_lists', 'price_list_prices'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant ON public.%I USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()))',
      name);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON public.price_lists TO cal_app;
GRANT SELECT, INSERT ON public.price_list_prices TO cal_app;
GRANT UPDATE (valid_to) ON public.price_list_prices TO cal_app;

-- Where a change writes to; null: the shop's own prices.
ALTER TABLE public.price_changes
  ADD COLUMN price_list_id uuid,
  ADD CONSTRAINT price_changes_tenant_id_price_list_id_fkey FOREIGN KEY (tenant_id, price_list_id) REFERENCES public.price_lists (tenant_id, id) ON DELETE NO ACTION ON UPDATE CASCADE;

-- Rows of a change in a price list: was the price fixed there before, is it to be fixed or to follow the shop's price again, what a
-- person accepted, what was live. Null for the shop's own prices.
ALTER TABLE public.price_change_items
  ADD COLUMN before_origin text,
  ADD COLUMN after_origin text,
  ADD COLUMN expected_origin text,
  ADD COLUMN live_origin text,
  ADD CONSTRAINT price_change_items_origins CHECK (
    before_origin IN ('fixed', 'relative') AND after_origin IN ('fixed', 'relative')
    AND expected_origin IN ('fixed', 'relative') AND live_origin IN ('fixed', 'relative'));
GRANT UPDATE (expected_origin, live_origin) ON public.price_change_items TO cal_app;
CREATE TRIGGER sealed_origins BEFORE UPDATE OF before_origin, after_origin ON public.price_change_items FOR EACH ROW
WHEN ((OLD.before_origin, OLD.after_origin) IS DISTINCT FROM (NEW.before_origin, NEW.after_origin))
EXECUTE FUNCTION app.refuse_sealed();
