-- Prices that go out by bulk operations: a chunk of rows is one operation. It belongs to one worker at a time (lease and epoch, as rows
-- do), and whoever finds an open one whose lease has ended takes it over and finds out what became of it.

-- preparing: its rows have their intent, nothing was started · starting: the start may have been sent, at the latest at send_by ·
-- running: Shopify knows it by operation_ref · ended: what it did is known, or its rows are found out by reading
CREATE TABLE public.bulk_writes (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  change_id uuid NOT NULL,
  state text NOT NULL,
  operation_ref text,
  owner text NOT NULL,
  lease_until timestamptz(6) NOT NULL,
  epoch integer NOT NULL DEFAULT 1,
  -- In the order of its lines; emptied when it has ended.
  item_ids uuid[] NOT NULL,
  rows integer NOT NULL,
  products integer NOT NULL,
  send_by timestamptz(6),
  -- Rows of which its result told something.
  told integer NOT NULL DEFAULT 0,
  outcome text,
  failure text,
  -- How long Shopify worked on it; null where that is not known.
  ran_ms integer,
  created_at timestamptz(6) NOT NULL,
  started_at timestamptz(6),
  ended_at timestamptz(6),
  CONSTRAINT bulk_writes_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT bulk_writes_tenant_id_change_id_fkey FOREIGN KEY (tenant_id, change_id) REFERENCES public.price_changes (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT bulk_writes_state CHECK (state IN ('preparing', 'starting', 'running', 'ended')),
  CONSTRAINT bulk_writes_outcome CHECK ((state = 'ended') = (outcome IS NOT NULL)
    AND outcome IN ('completed', 'cancelled', 'failed', 'expired', 'unreadable', 'never_started', 'given_back')),
  CONSTRAINT bulk_writes_counts CHECK (rows > 0 AND products > 0 AND told >= 0)
);
CREATE INDEX bulk_writes_open ON public.bulk_writes (tenant_id, change_id, lease_until) WHERE state <> 'ended';
-- How fast a shop's latest operations were.
CREATE INDEX bulk_writes_ended ON public.bulk_writes (tenant_id, ended_at) WHERE ran_ms IS NOT NULL;

ALTER TABLE public.bulk_writes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.bulk_writes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.bulk_writes USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()));
GRANT SELECT, INSERT ON public.bulk_writes TO cal_app;
GRANT UPDATE (state, operation_ref, owner, lease_until, epoch, item_ids, send_by, told, outcome, failure, ran_ms, started_at, ended_at) ON public.bulk_writes TO cal_app;

-- Which operation a row went out with, the last time that it did; null: by a call.
ALTER TABLE public.price_change_items ADD COLUMN bulk_id uuid;
GRANT UPDATE (bulk_id) ON public.price_change_items TO cal_app;

-- The way that was chosen for a change, with the numbers that it was chosen by.
ALTER TABLE public.price_changes ADD COLUMN way jsonb;
