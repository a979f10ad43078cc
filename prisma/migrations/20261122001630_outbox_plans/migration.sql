-- What PostgreSQL knows of the outbox is always out of date: it is empty one moment and long the next. Its doors go by its indexes whatever
-- the statistics say; a sequential scan through what was told long ago took two thirds of the time that leasing takes.
SET ROLE cal_resolver;
ALTER FUNCTION app.lease_outbox_runs(text, integer, double precision, integer) SET enable_seqscan = off;
ALTER FUNCTION app.lease_outbox_runs(text, integer, double precision, integer) SET enable_hashjoin = off;
ALTER FUNCTION app.lease_outbox_runs(text, integer, double precision, integer) SET enable_mergejoin = off;
ALTER FUNCTION app.finish_outbox(text, uuid[], uuid[], integer[]) SET enable_seqscan = off;
ALTER FUNCTION app.finish_outbox(text, uuid[], uuid[], integer[]) SET enable_hashjoin = off;
ALTER FUNCTION app.finish_outbox(text, uuid[], uuid[], integer[]) SET enable_mergejoin = off;
RESET ROLE;
