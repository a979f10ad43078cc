-- Lists of the catalog that cost the same on every page, whatever they are filtered and sorted by.
-- Under row-level security only leakproof operators reach an index: comparing text, numbers and times is, `@>` and LIKE are not.
-- So a list begins in a btree, and sets and free text get tables of their own.

-- Each filter together with the order of titles, the keyset's last part included.
DROP INDEX public.products_tenant_id_vendor_key_idx;
DROP INDEX public.products_tenant_id_type_key_idx;
CREATE INDEX products_tenant_id_vendor_key_title_key_id_idx ON public.products (tenant_id, vendor_key, title_key, id);
CREATE INDEX products_tenant_id_type_key_title_key_id_idx ON public.products (tenant_id, type_key, title_key, id);
CREATE INDEX products_tenant_id_status_key_title_key_id_idx ON public.products (tenant_id, status_key, title_key, id);

-- Each order of variants. What Prisma cannot say is partial, so that it passes over it; lists hold only what is active.
DROP INDEX public.variants_tenant_id_sku_key_idx;
DROP INDEX public.variants_tenant_id_price_idx;
CREATE INDEX variants_tenant_id_sku_key_id_idx ON public.variants (tenant_id, sku_key, id);
CREATE INDEX variants_tenant_id_price_id_idx ON public.variants (tenant_id, price, id);
CREATE INDEX variants_by_inventory ON public.variants (tenant_id, (CASE WHEN inventory_quantity IS NULL THEN 0 ELSE inventory_quantity END), id) WHERE active;
CREATE INDEX variants_by_update ON public.variants (tenant_id, (CASE WHEN updated_at IS NULL THEN timestamptz 'epoch' ELSE updated_at END), id) WHERE active;
-- Variants that a merchant looks for because they are few.
CREATE INDEX variants_without_cost ON public.variants (tenant_id, product_id, id) WHERE active AND cost IS NULL;
CREATE INDEX variants_on_sale ON public.variants (tenant_id, product_id, id) WHERE active AND compare_at > price;

-- Tags and collections, one row each, in the order of titles. `term` is `tag:` or `collection:` and the key.
CREATE TABLE public.product_terms (
  tenant_id uuid NOT NULL,
  term text NOT NULL,
  title_key text NOT NULL,
  product_id uuid NOT NULL,
  CONSTRAINT product_terms_pkey PRIMARY KEY (tenant_id, term, title_key, product_id)
);
-- What free text is looked for in: every searched field of a product and its variants, one a line. A superset: the list itself
-- looks at the fields again. One narrow row a product is read in a fraction of the time that the catalog itself takes.
CREATE TABLE public.product_search (
  tenant_id uuid NOT NULL,
  product_id uuid NOT NULL,
  title_key text NOT NULL,
  content text NOT NULL,
  CONSTRAINT product_search_pkey PRIMARY KEY (tenant_id, product_id)
) WITH (fillfactor = 70);

-- Both tables are kept by triggers, so that nothing that writes the catalog has to think of them.
CREATE FUNCTION app.list_new_products() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.product_terms (tenant_id, term, title_key, product_id)
  SELECT p.tenant_id, t.term, p.title_key, p.id FROM written p CROSS JOIN LATERAL (
    SELECT 'tag:' || k AS term FROM unnest(p.tag_keys) k UNION SELECT 'collection:' || k FROM unnest(p.collection_keys) k) t;
  INSERT INTO public.product_search (tenant_id, product_id, title_key, content)
  SELECT p.tenant_id, p.id, p.title_key, concat_ws(E'\n', p.title_key, p.vendor_key, p.type_key, p.handle_key) FROM written p;
  RETURN NULL;
END
$$;
CREATE TRIGGER list_new AFTER INSERT ON public.products
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION app.list_new_products();

CREATE FUNCTION app.list_changed_product() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (OLD.title_key, OLD.tag_keys, OLD.collection_keys) IS DISTINCT FROM (NEW.title_key, NEW.tag_keys, NEW.collection_keys) THEN
    DELETE FROM public.product_terms l USING (
      SELECT 'tag:' || k AS term FROM unnest(OLD.tag_keys) k UNION SELECT 'collection:' || k FROM unnest(OLD.collection_keys) k) t
     WHERE l.tenant_id = OLD.tenant_id AND l.term = t.term AND l.title_key = OLD.title_key AND l.product_id = OLD.id;
    INSERT INTO public.product_terms (tenant_id, term, title_key, product_id)
    SELECT NEW.tenant_id, t.term, NEW.title_key, NEW.id FROM (
      SELECT 'tag:' || k AS term FROM unnest(NEW.tag_keys) k UNION SELECT 'collection:' || k FROM unnest(NEW.collection_keys) k) t;
  END IF;
  IF (OLD.title_key, OLD.vendor_key, OLD.type_key, OLD.handle_key) IS DISTINCT FROM (NEW.title_key, NEW.vendor_key, NEW.type_key, NEW.handle_key) THEN
    UPDATE public.product_search s
       SET title_key = NEW.title_key,
           content = concat_ws(E'\n', NEW.title_key, NEW.vendor_key, NEW.type_key, NEW.handle_key,
             (SELECT string_agg(v.title_key || E'\n' || v.sku_key, E'\n') FROM public.variants v WHERE v.tenant_id = NEW.tenant_id AND v.product_id = NEW.id))
     WHERE s.tenant_id = NEW.tenant_id AND s.product_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;
-- Rows that stay as they are, nearly all of an import, do not even call it.
CREATE TRIGGER list_changed AFTER UPDATE OF title_key, vendor_key, type_key, handle_key, tag_keys, collection_keys ON public.products
  FOR EACH ROW WHEN ((OLD.title_key, OLD.vendor_key, OLD.type_key, OLD.handle_key, OLD.tag_keys, OLD.collection_keys)
    IS DISTINCT FROM (NEW.title_key, NEW.vendor_key, NEW.type_key, NEW.handle_key, NEW.tag_keys, NEW.collection_keys))
  EXECUTE FUNCTION app.list_changed_product();

CREATE FUNCTION app.list_new_variants() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Variants come with their product or after it: what is new is added, and the rest of the text stays.
  UPDATE public.product_search s SET content = s.content || E'\n' || n.content
    FROM (SELECT v.tenant_id, v.product_id, string_agg(v.title_key || E'\n' || v.sku_key, E'\n') AS content FROM written v GROUP BY v.tenant_id, v.product_id) n
   WHERE s.tenant_id = n.tenant_id AND s.product_id = n.product_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER list_new AFTER INSERT ON public.variants
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION app.list_new_variants();

CREATE FUNCTION app.list_changed_variant() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.product_search s
     SET content = concat_ws(E'\n', p.title_key, p.vendor_key, p.type_key, p.handle_key,
           (SELECT string_agg(v.title_key || E'\n' || v.sku_key, E'\n') FROM public.variants v WHERE v.tenant_id = p.tenant_id AND v.product_id = p.id))
    FROM public.products p
   WHERE p.tenant_id = NEW.tenant_id AND p.id IN (OLD.product_id, NEW.product_id) AND s.tenant_id = p.tenant_id AND s.product_id = p.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER list_changed AFTER UPDATE OF title_key, sku_key, product_id ON public.variants
  FOR EACH ROW WHEN ((OLD.title_key, OLD.sku_key, OLD.product_id) IS DISTINCT FROM (NEW.title_key, NEW.sku_key, NEW.product_id))
  EXECUTE FUNCTION app.list_changed_variant();

REVOKE EXECUTE ON FUNCTION app.list_new_products(), app.list_changed_product(), app.list_new_variants(), app.list_changed_variant() FROM PUBLIC;

-- What is there already. The migration belongs to no tenant, and row-level security binds even the owner: it is let go of for this moment.
ALTER TABLE public.products NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.variants NO FORCE ROW LEVEL SECURITY;
INSERT INTO public.product_terms (tenant_id, term, title_key, product_id)
SELECT p.tenant_id, t.term, p.title_key, p.id FROM public.products p CROSS JOIN LATERAL (
  SELECT 'tag:' || k AS term FROM unnest(p.tag_keys) k UNION SELECT 'collection:' || k FROM unnest(p.collection_keys) k) t;
INSERT INTO public.product_search (tenant_id, product_id, title_key, content)
SELECT p.tenant_id, p.id, p.title_key, concat_ws(E'\n', p.title_key, p.vendor_key, p.type_key, p.handle_key, v.content)
  FROM public.products p LEFT JOIN (
    SELECT tenant_id, product_id, string_agg(title_key || E'\n' || sku_key, E'\n') AS content FROM public.variants GROUP BY tenant_id, product_id) v
    ON v.tenant_id = p.tenant_id AND v.product_id = p.id;
ALTER TABLE public.products FORCE ROW LEVEL SECURITY;
ALTER TABLE public.variants FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['product_terms', 'product_search'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON public.%I USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()))', name);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, DELETE ON public.product_terms TO cal_app;
GRANT SELECT, INSERT, UPDATE ON public.product_search TO cal_app;

-- The planner chooses by how common a term is.
ALTER TABLE public.product_terms ALTER COLUMN term SET STATISTICS 1000;
