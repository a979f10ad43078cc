-- What sells: facts for the effect of a plan before the fact. Orders come by webhook; of an order only which variants, how many and
-- for how much is kept, and its number, so that it counts once. Nothing about the customer.

-- Units and revenue of a variant on one day of the shop's calendar, in the currency of the orders. A variant is named by the
-- channel's number, as orders name it: it need not be in the catalog yet, or any more.
CREATE TABLE public.variant_sales (
  tenant_id uuid NOT NULL,
  variant_ref bigint NOT NULL,
  day date NOT NULL,
  currency_code char(3) NOT NULL,
  units bigint NOT NULL,
  revenue bigint NOT NULL,
  CONSTRAINT variant_sales_pkey PRIMARY KEY (tenant_id, variant_ref, day, currency_code),
  CONSTRAINT variant_sales_units CHECK (units > 0),
  CONSTRAINT variant_sales_revenue CHECK (revenue >= 0),
  CONSTRAINT variant_sales_currency CHECK (currency_code ~ '^[A-Z]{3}$')
);
-- The days of a window, for moving it on.
CREATE INDEX variant_sales_tenant_id_day_idx ON public.variant_sales (tenant_id, day);

-- Orders that were counted: a redelivery, or the same order under another event, finds itself here. Rows go when no delivery can
-- come any more.
CREATE TABLE public.counted_orders (
  tenant_id uuid NOT NULL,
  order_ref bigint NOT NULL,
  day date NOT NULL,
  CONSTRAINT counted_orders_pkey PRIMARY KEY (tenant_id, order_ref)
);
CREATE INDEX counted_orders_tenant_id_day_idx ON public.counted_orders (tenant_id, day);

-- Units of each variant in the last days, kept up to date so that a plan of a million rows reads one number a row and adds up nothing.
CREATE TABLE public.variant_volume (
  tenant_id uuid NOT NULL,
  variant_ref bigint NOT NULL,
  units bigint NOT NULL,
  CONSTRAINT variant_volume_pkey PRIMARY KEY (tenant_id, variant_ref),
  CONSTRAINT variant_volume_units CHECK (units > 0)
);

-- Which days variant_volume adds up, and how far the facts go back: one row for a shop from its first counted order on.
CREATE TABLE public.sales_window (
  tenant_id uuid NOT NULL,
  first_day date NOT NULL,
  last_day date NOT NULL,
  counted_since timestamptz(6) NOT NULL,
  latest_order_at timestamptz(6) NOT NULL,
  CONSTRAINT sales_window_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT sales_window_days CHECK (first_day <= last_day)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['variant_sales', 'counted_orders', 'variant_volume', 'sales_window'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant ON public.%I USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()))',
      name);
  END LOOP;
END
$$;

GRANT SELECT, INSERT ON public.variant_sales, public.counted_orders, public.variant_volume, public.sales_window TO cal_app;
GRANT UPDATE (units, revenue) ON public.variant_sales TO cal_app;
GRANT UPDATE (units) ON public.variant_volume TO cal_app;
GRANT UPDATE (first_day, last_day, latest_order_at) ON public.sales_window TO cal_app;
GRANT DELETE ON public.counted_orders, public.variant_volume TO cal_app;
