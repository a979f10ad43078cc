-- The two doors of the migration before were still open to PUBLIC: only their owner can close them.
SET LOCAL ROLE cal_resolver;
REVOKE EXECUTE ON FUNCTION app.list_due_inbound(), app.inbound_snapshot() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.list_due_inbound(), app.inbound_snapshot() TO cal_app;
RESET ROLE;
