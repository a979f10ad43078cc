-- The first thing that happens to a row of a plan is that a worker leases it, which no index has to know of: with room for the new
-- version on the row's own page, none is touched.
ALTER TABLE public.price_change_items SET (fillfactor = 50);
