-- The function that drops a partition of a log runs as the owner and asks cal_resolver's whether everything in it is archived: it needs
-- the right to. A right that was given before a function changes hands goes over to its new owner.
SET ROLE cal_resolver;
GRANT EXECUTE ON FUNCTION app.log_unarchived(text, timestamptz) TO cal_owner;
RESET ROLE;
