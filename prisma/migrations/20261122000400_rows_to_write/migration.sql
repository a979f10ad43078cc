-- What a change still has to write, product by product: the worker claims from its front thousands of times in one apply, and
-- without this every claim read all rows of the change. Rows that have ended are not in it.
CREATE INDEX price_change_items_to_write ON public.price_change_items (tenant_id, change_id, product_ref, position)
  WHERE state IN ('queued', 'writing');
