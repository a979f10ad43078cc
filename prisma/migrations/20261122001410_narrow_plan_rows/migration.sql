-- Rows of plans are written by the hundred thousand and then three times each while they are applied.

-- A trace is written once and read as a whole, by explaining one row: as text it is neither taken apart nor put together by the
-- database. The trigger that seals the plan names the column and is made again as it was.
DO $$
DECLARE
  seal text;
BEGIN
  SELECT pg_get_triggerdef(t.oid) INTO STRICT seal FROM pg_trigger t WHERE t.tgrelid = 'public.price_change_items'::regclass AND t.tgname = 'sealed';
  DROP TRIGGER sealed ON public.price_change_items;
  ALTER TABLE public.price_change_items ALTER COLUMN trace TYPE text USING trace::text;
  EXECUTE seal;
END
$$;

-- Outcomes are looked for where they are few; what is planned is found in the order of the plan itself.
DROP INDEX public.price_change_items_tenant_id_change_id_outcome_position_idx;
CREATE INDEX price_change_items_not_planned ON public.price_change_items (tenant_id, change_id, outcome, position) WHERE outcome <> 'planned';
