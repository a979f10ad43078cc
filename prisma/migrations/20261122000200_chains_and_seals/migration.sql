-- What was written stays as it was written: the two logs are chained and append-only, a plan is sealed.

-- True while app.erase_tenant runs: the variable alone is not enough, since anyone may set it; the right to act as the
-- table's owner comes only from being inside that function.
CREATE FUNCTION app.is_erasing(relation oid) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(current_setting('app.erasing', true) = current_setting('app.tenant_id', true), false)
   AND current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = relation);

-- The start of a chain depends on its tenant and name, so that one chain cannot be passed off as another.
CREATE FUNCTION app.chain_genesis(tenant uuid, chain text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sha256(convert_to('calibrate:' || chain || ':' || tenant, 'UTF8'));

-- What a link is made of. The fields are named one by one: a column added later does not change the hash of old rows.
-- jsonb writes itself in one way only; times are in UTC because every caller fixes its time zone.
CREATE FUNCTION app.event_hash(e public.events) RETURNS bytea LANGUAGE sql STABLE
RETURN sha256(e.prev_hash || convert_to(jsonb_build_array(e.tenant_id, e.seq, e.id, e.type, e.schema_version, e.aggregate_type,
  e.aggregate_id, e.correlation_id, e.causation_id, e.actor, e.payload, e.created_at)::text, 'UTF8'));
CREATE FUNCTION app.audit_hash(a public.audit_log) RETURNS bytea LANGUAGE sql STABLE
RETURN sha256(a.prev_hash || convert_to(jsonb_build_array(a.tenant_id, a.seq, a.id, a.entity, a.entity_id, a.action, a.actor,
  a.explain, a.correlation_id, a.request_id, a.created_at)::text, 'UTF8'));

-- Takes the tenant's lock on the chain until the transaction ends: numbers are given in commit order and without gaps.
-- Runs as the owner, because the app has no right at all to chain_heads; RLS binds the owner to the same tenant.
CREATE FUNCTION app.append_to_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  chain_name CONSTANT text := CASE TG_TABLE_NAME WHEN 'events' THEN 'events' ELSE 'audit' END;
  head public.chain_heads;
BEGIN
  SELECT * INTO head FROM public.chain_heads h WHERE h.tenant_id = NEW.tenant_id AND h.chain = chain_name FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO public.chain_heads (tenant_id, chain, seq, hash)
    VALUES (NEW.tenant_id, chain_name, 0, app.chain_genesis(NEW.tenant_id, chain_name)) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM public.chain_heads h WHERE h.tenant_id = NEW.tenant_id AND h.chain = chain_name FOR UPDATE;
  END IF;
  NEW.seq := head.seq + 1;
  NEW.created_at := clock_timestamp();
  NEW.prev_hash := head.hash;
  IF TG_TABLE_NAME = 'events' THEN
    NEW.hash := app.event_hash(NEW);
  ELSE
    NEW.hash := app.audit_hash(NEW);
  END IF;
  UPDATE public.chain_heads h SET seq = NEW.seq, hash = NEW.hash WHERE h.tenant_id = NEW.tenant_id AND h.chain = chain_name;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION app.append_to_chain() IS '@definer: a log gets its number and hash from the end of its chain, which the app itself may neither read nor move';

CREATE FUNCTION app.refuse_rewrite() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND app.is_erasing(TG_RELID) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER append_to_chain BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION app.append_to_chain();
CREATE TRIGGER append_to_chain BEFORE INSERT ON public.audit_log FOR EACH ROW EXECUTE FUNCTION app.append_to_chain();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_rewrite();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_rewrite();

-- The first number at which a chain of the current tenant is not what was written, or null: a changed, missing or added row, and
-- rows cut off at the end, which only the head knows of.
CREATE FUNCTION app.verify_chain(chain text) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  broken bigint;
  last_seq bigint := 0;
  last_hash bytea := app.chain_genesis(app.tenant_id(), chain);
  link record;
  head public.chain_heads;
BEGIN
  IF chain NOT IN ('events', 'audit') THEN
    RAISE EXCEPTION 'there is no chain %', chain USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF app.tenant_id() IS NULL THEN
    RAISE EXCEPTION 'verify_chain needs a tenant' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF chain = 'events' THEN
    SELECT min(l.seq) INTO broken FROM (
      SELECT e.seq, e.seq IS DISTINCT FROM row_number() OVER (ORDER BY e.seq)
          OR e.prev_hash IS DISTINCT FROM lag(e.hash, 1, last_hash) OVER (ORDER BY e.seq)
          OR e.hash IS DISTINCT FROM app.event_hash(e) AS wrong
        FROM public.events e) l WHERE l.wrong;
    SELECT e.seq, e.hash INTO link FROM public.events e ORDER BY e.tenant_id DESC, e.seq DESC LIMIT 1;
  ELSE
    SELECT min(l.seq) INTO broken FROM (
      SELECT a.seq, a.seq IS DISTINCT FROM row_number() OVER (ORDER BY a.seq)
          OR a.prev_hash IS DISTINCT FROM lag(a.hash, 1, last_hash) OVER (ORDER BY a.seq)
          OR a.hash IS DISTINCT FROM app.audit_hash(a) AS wrong
        FROM public.audit_log a) l WHERE l.wrong;
    SELECT a.seq, a.hash INTO link FROM public.audit_log a ORDER BY a.tenant_id DESC, a.seq DESC LIMIT 1;
  END IF;
  IF broken IS NOT NULL THEN
    RETURN broken;
  END IF;
  IF link.seq IS NOT NULL THEN
    last_seq := link.seq;
    last_hash := link.hash;
  END IF;
  SELECT * INTO head FROM public.chain_heads h WHERE h.chain = verify_chain.chain;
  IF coalesce(head.seq, 0) <> last_seq OR coalesce(head.hash, last_hash) <> last_hash THEN
    RETURN least(coalesce(head.seq, 0), last_seq) + 1;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION app.verify_chain(text) IS '@definer: compares a log with the end of its chain, which the app may not read; sees the current tenant only';

-- The plan of a price change. What was approved is what is written: these columns never change once they are there.
CREATE FUNCTION app.refuse_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'the plan of price change % is sealed', OLD.change_id USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER sealed BEFORE UPDATE OF tenant_id, id, change_id, position, variant_id, product_id, variant_ref, product_ref, sku, title, outcome,
  reason, warnings, before_price, before_compare_at, after_price, after_compare_at, baseline_price, baseline_compare_at, layer_id,
  source, policy_version, cost, inputs, trace, source_item_id
ON public.price_change_items FOR EACH ROW
WHEN ((OLD.tenant_id, OLD.id, OLD.change_id, OLD.position, OLD.variant_id, OLD.product_id, OLD.variant_ref, OLD.product_ref, OLD.sku, OLD.title,
  OLD.outcome, OLD.reason, OLD.warnings, OLD.before_price, OLD.before_compare_at, OLD.after_price, OLD.after_compare_at,
  OLD.baseline_price, OLD.baseline_compare_at, OLD.layer_id, OLD.source, OLD.policy_version, OLD.cost, OLD.inputs, OLD.trace,
  OLD.source_item_id)
  IS DISTINCT FROM
  (NEW.tenant_id, NEW.id, NEW.change_id, NEW.position, NEW.variant_id, NEW.product_id, NEW.variant_ref, NEW.product_ref, NEW.sku, NEW.title,
  NEW.outcome, NEW.reason, NEW.warnings, NEW.before_price, NEW.before_compare_at, NEW.after_price, NEW.after_compare_at,
  NEW.baseline_price, NEW.baseline_compare_at, NEW.layer_id, NEW.source, NEW.policy_version, NEW.cost, NEW.inputs, NEW.trace,
  NEW.source_item_id))
EXECUTE FUNCTION app.refuse_sealed();

-- Rows come and go only before the approval. Once a statement, not once a row: plans are large.
-- FOR SHARE: an approval that is being written is waited for, so that no row slips in behind it.
CREATE FUNCTION app.refuse_late_plan_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  late record;
BEGIN
  IF TG_OP = 'DELETE' AND app.is_erasing(TG_RELID) THEN
    RETURN NULL;
  END IF;
  FOR late IN
    SELECT c.id, c.state FROM public.price_changes c
     WHERE (c.tenant_id, c.id) IN (SELECT r.tenant_id, r.change_id FROM touched r GROUP BY r.tenant_id, r.change_id)
       FOR SHARE
  LOOP
    IF late.state NOT IN ('draft', 'previewed') AND NOT (TG_OP = 'DELETE' AND late.state = 'rejected') THEN
      RAISE EXCEPTION 'the plan of price change % is sealed: it is %', late.id, late.state USING ERRCODE = 'restrict_violation';
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER sealed_against_insert AFTER INSERT ON public.price_change_items
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_late_plan_rows();
CREATE TRIGGER sealed_against_delete AFTER DELETE ON public.price_change_items
  REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_late_plan_rows();
CREATE TRIGGER sealed_against_truncate BEFORE TRUNCATE ON public.price_change_items
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_rewrite();

-- Everything of the current tenant, in every table that has tenants: shop/redact. Answers how many rows there were; the caller logs it,
-- since nothing about the shop may stay here.
CREATE FUNCTION app.erase_tenant(reason text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tenant CONSTANT uuid := app.tenant_id();
  relation regclass;
  relations regclass[];
  counted bigint;
  total bigint := 0;
BEGIN
  IF tenant IS NULL OR coalesce(reason, '') = '' THEN
    RAISE EXCEPTION 'erase_tenant needs a tenant and a reason' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT array_agg(c.oid::regclass ORDER BY c.relname = 'tenants', c.relname) INTO relations
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r';
  -- Counted first: a deleted product takes its variants with it.
  FOREACH relation IN ARRAY relations LOOP
    EXECUTE format('SELECT count(*) FROM %s WHERE tenant_id = $1', relation) INTO counted USING tenant;
    total := total + counted;
  END LOOP;
  PERFORM set_config('app.erasing', tenant::text, true);
  FOREACH relation IN ARRAY relations LOOP
    EXECUTE format('DELETE FROM %s WHERE tenant_id = $1', relation) USING tenant;
  END LOOP;
  PERFORM set_config('app.erasing', '', true);
  RETURN total;
END
$$;
COMMENT ON FUNCTION app.erase_tenant(text) IS '@definer: erasing a shop deletes from the logs and plans, which nothing else may; sees the current tenant only';

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.is_erasing(oid), app.verify_chain(text), app.erase_tenant(text) TO cal_app;
