-- Every row is a violation; none may come. There is no list of tables: a new one is guilty until it has tenant_id and its policy.
-- What is truly global says so in the open:  COMMENT ON TABLE x IS '@global: <reason>'  and then app roles may at most read it.
-- The queue's schemas are exempt by name: they belong to cal_dispatcher, who has no right outside them.
WITH queue_schema (name) AS (VALUES ('dispatch'), ('graphile_worker')),
app_role AS (SELECT oid, rolname FROM pg_roles WHERE rolname IN ('cal_app', 'cal_copilot')),
own_role AS (SELECT * FROM pg_roles WHERE rolname IN ('cal_app', 'cal_copilot', 'cal_dispatcher', 'cal_owner', 'cal_resolver')),
ns AS (
  SELECT oid, nspname, nspowner, nspacl, nspname IN (SELECT name FROM queue_schema) AS queue
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
rel AS (
  SELECT c.*, c.oid::regclass::text AS name, ns.queue,
         coalesce(obj_description(c.oid, 'pg_class'), '') ~ '^@global: \S' AS global,
         EXISTS (SELECT FROM app_role r WHERE has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
                                           OR has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')) AS reachable
    FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')),
tt AS (SELECT * FROM rel WHERE relkind IN ('r', 'p') AND NOT global AND NOT queue),
fn AS (
  SELECT p.*, p.oid::regprocedure::text AS name, ns.queue
    FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'))

-- Roles
SELECT 'role may do more than it must' AS rule, rolname::text AS what FROM own_role
 WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR (rolbypassrls AND rolname <> 'cal_resolver')
UNION ALL SELECT 'cal_resolver may log in', rolname FROM own_role WHERE rolname = 'cal_resolver' AND rolcanlogin
UNION ALL SELECT 'role is a member of another role', m.member::regrole || ' in ' || m.roleid::regrole FROM pg_auth_members m JOIN own_role r ON r.oid = m.member
   WHERE NOT (m.member::regrole::text = 'cal_owner' AND m.roleid::regrole::text = 'cal_resolver')
UNION ALL SELECT 'role has a member', m.member::regrole || ' in ' || m.roleid::regrole FROM pg_auth_members m JOIN own_role r ON r.oid = m.roleid
   WHERE NOT (m.member::regrole::text = 'cal_owner' AND m.roleid::regrole::text = 'cal_resolver' AND NOT m.inherit_option AND NOT m.admin_option)
UNION ALL SELECT 'role has session defaults', r.rolname || ' ' || array_to_string(setconfig, ',') FROM pg_db_role_setting s JOIN own_role r ON r.oid = s.setrole
   WHERE array_to_string(setconfig, ',') ~ 'app\.|row_security|search_path|session_replication_role'
UNION ALL SELECT 'database has session defaults', array_to_string(setconfig, ',') FROM pg_db_role_setting
   WHERE setrole = 0 AND array_to_string(setconfig, ',') ~ 'app\.|row_security|search_path|session_replication_role'

-- Tables
UNION ALL SELECT 'RLS not enabled', name FROM tt WHERE NOT relrowsecurity
UNION ALL SELECT 'RLS not forced on owner', name FROM tt WHERE relrowsecurity AND NOT relforcerowsecurity
UNION ALL SELECT 'tenant_id uuid NOT NULL missing', name FROM tt
   WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tt.oid AND attname = 'tenant_id' AND attnotnull AND NOT attisdropped AND atttypid = 'uuid'::regtype)
UNION ALL SELECT 'policies are not exactly the one canonical policy', name FROM tt
   WHERE relrowsecurity AND (SELECT array_agg((polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))::text) FROM pg_policy WHERE polrelid = tt.oid)
     IS DISTINCT FROM ARRAY[('*'::"char", true, ARRAY[0::oid], '(tenant_id = ( SELECT app.tenant_id() AS tenant_id))', '(tenant_id = ( SELECT app.tenant_id() AS tenant_id))')::text]
UNION ALL SELECT 'table not owned by cal_owner', name FROM tt WHERE relowner <> 'cal_owner'::regrole
UNION ALL SELECT 'relation owned by a role that serves', name FROM rel WHERE NOT queue AND relowner IN (SELECT oid FROM own_role WHERE rolname <> 'cal_owner')
UNION ALL SELECT 'key without tenant_id tells that a row exists', conrelid::regclass || '.' || conname FROM pg_constraint k JOIN tt ON tt.oid = conrelid
   WHERE contype IN ('p', 'u', 'x') AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = conrelid AND attname = 'tenant_id' AND attnum = ANY (conkey))
UNION ALL SELECT 'unique index without tenant_id tells that a row exists', i.indexrelid::regclass::text FROM pg_index i JOIN tt ON tt.oid = i.indrelid
   WHERE indisunique AND NOT indisprimary AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND attname = 'tenant_id' AND attnum = ANY (i.indkey))
UNION ALL SELECT 'foreign key without tenant_id (its checks ignore RLS)', conrelid::regclass || '.' || conname FROM pg_constraint k JOIN tt ON tt.oid = conrelid
   WHERE contype = 'f' AND NOT EXISTS (
     SELECT FROM unnest(conkey, confkey) u (a, b)
       JOIN pg_attribute x ON x.attrelid = conrelid AND x.attnum = u.a AND x.attname = 'tenant_id'
       JOIN pg_attribute y ON y.attrelid = confrelid AND y.attnum = u.b AND y.attname = 'tenant_id')
UNION ALL SELECT 'inherits from another table', inhrelid::regclass::text FROM pg_inherits JOIN tt ON tt.oid = inhrelid WHERE tt.relispartition IS FALSE
UNION ALL SELECT 'rule rewrites a table', c.name || '.' || w.rulename FROM pg_rewrite w JOIN tt c ON c.oid = ev_class WHERE rulename <> '_RETURN'
UNION ALL SELECT 'trigger is switched off', c.name || '.' || t.tgname FROM pg_trigger t JOIN tt c ON c.oid = t.tgrelid WHERE t.tgenabled <> 'O'
UNION ALL SELECT 'trigger function lies outside app', c.name || '.' || t.tgname FROM pg_trigger t JOIN tt c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
   WHERE NOT t.tgisinternal AND p.pronamespace <> 'app'::regnamespace
UNION ALL SELECT 'view without security_invoker', name FROM rel
   WHERE relkind = 'v' AND reachable AND NOT coalesce(reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
UNION ALL SELECT 'materialised view or foreign table reachable', name FROM rel WHERE relkind IN ('m', 'f') AND reachable

-- Rights
UNION ALL SELECT 'right that RLS does not cover (' || p || ')', name || ' by ' || r.rolname FROM rel, app_role r, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) p
   WHERE relkind IN ('r', 'p') AND has_table_privilege(r.oid, rel.oid, p)
UNION ALL SELECT 'PUBLIC has rights on a relation', name FROM rel, aclexplode(relacl) a WHERE a.grantee = 0
UNION ALL SELECT 'app role may write a @global table', name FROM rel, app_role r
   WHERE global AND (has_table_privilege(r.oid, rel.oid, 'DELETE') OR has_any_column_privilege(r.oid, rel.oid, 'INSERT, UPDATE'))
UNION ALL SELECT 'app role reaches the queue''s tables', name FROM rel WHERE queue AND reachable
UNION ALL SELECT 'cal_dispatcher reaches beyond the queue', name FROM rel
   WHERE NOT queue AND (has_any_column_privilege('cal_dispatcher', rel.oid, 'SELECT, INSERT, UPDATE, REFERENCES') OR has_table_privilege('cal_dispatcher', rel.oid, 'DELETE, TRUNCATE, TRIGGER'))
UNION ALL SELECT 'append-only table may be rewritten', tt.name || ' by ' || r.rolname FROM tt, own_role r
   WHERE r.rolname <> 'cal_owner' AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = tt.oid AND t.tgname = 'append_only')
     AND (has_any_column_privilege(r.oid, tt.oid, 'UPDATE') OR has_table_privilege(r.oid, tt.oid, 'DELETE'))
UNION ALL SELECT 'log without its triggers', name FROM tt
   WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tt.oid AND a.attname = 'prev_hash')
     AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = tt.oid AND t.tgname IN ('append_only', 'append_to_chain')) <> 2
UNION ALL SELECT 'partition may be reached by its own name', tt.name || ' by ' || r.rolname FROM tt, own_role r
   WHERE tt.relispartition AND r.rolname <> 'cal_owner'
     AND (has_any_column_privilege(r.oid, tt.oid, 'SELECT, INSERT, UPDATE, REFERENCES') OR has_table_privilege(r.oid, tt.oid, 'DELETE, TRUNCATE, TRIGGER'))
UNION ALL SELECT 'cal_copilot may write', name FROM rel WHERE has_any_column_privilege('cal_copilot', rel.oid, 'INSERT, UPDATE') OR has_table_privilege('cal_copilot', rel.oid, 'DELETE')
UNION ALL SELECT 'cal_resolver may do more than its doors need', name FROM rel
   WHERE has_table_privilege('cal_resolver', rel.oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER')
      OR (has_any_column_privilege('cal_resolver', rel.oid, 'INSERT') AND relname <> 'tenants')
      OR (has_any_column_privilege('cal_resolver', rel.oid, 'UPDATE') AND relname NOT IN ('tenants', 'outbox'))
UNION ALL SELECT 'sequence reachable (tells other tenants'' volume)', c.oid::regclass::text FROM pg_class c JOIN ns ON ns.oid = relnamespace, app_role r
   WHERE relkind = 'S' AND has_sequence_privilege(r.oid, c.oid, 'USAGE, SELECT, UPDATE')
UNION ALL SELECT 'role may CREATE in schema', nspname || ' by ' || r.rolname FROM ns, own_role r
   WHERE r.rolname <> 'cal_owner' AND NOT (queue AND r.rolname = 'cal_dispatcher') AND has_schema_privilege(r.oid, ns.oid, 'CREATE')
UNION ALL SELECT 'PUBLIC may use the database', a.privilege_type FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
   WHERE d.datname = current_database() AND a.grantee = 0

-- Functions
UNION ALL SELECT 'SECURITY DEFINER function without a reason', name FROM fn WHERE prosecdef AND coalesce(obj_description(oid, 'pg_proc'), '') !~ '^@definer: \S'
UNION ALL SELECT 'SECURITY DEFINER function without fixed search_path', name FROM fn WHERE prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)
UNION ALL SELECT 'SECURITY DEFINER function of a superuser', fn.name FROM fn JOIN pg_roles r ON r.oid = fn.proowner WHERE prosecdef AND r.rolsuper
UNION ALL SELECT 'function that PUBLIC or the copilot may call', name FROM fn, aclexplode(coalesce(proacl, acldefault('f', proowner))) a
   WHERE NOT (queue AND NOT prosecdef) AND prorettype <> 'trigger'::regtype AND (a.grantee = 0 OR a.grantee = 'cal_copilot'::regrole)
UNION ALL SELECT 'cal_resolver owns something that is no door', name FROM fn WHERE proowner = 'cal_resolver'::regrole AND NOT (prosecdef AND pronamespace = 'app'::regnamespace)
UNION ALL SELECT 'cal_resolver owns a schema', nspname FROM ns WHERE nspowner = 'cal_resolver'::regrole
UNION ALL SELECT 'user function marked LEAKPROOF', name FROM fn WHERE proleakproof
UNION ALL SELECT 'function in an untrusted language', fn.name FROM fn JOIN pg_language l ON l.oid = fn.prolang WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c', 'sql')
UNION ALL SELECT 'app.tenant_id() was redefined', pg_get_function_sqlbody(p.oid) FROM pg_proc p WHERE p.oid = 'app.tenant_id()'::regprocedure
   AND (pg_get_function_sqlbody(p.oid) IS DISTINCT FROM 'RETURN (NULLIF(current_setting(''app.tenant_id''::text, true), ''''::text))::uuid'
        OR p.provolatile <> 's' OR p.prosecdef OR p.proconfig IS NOT NULL)
UNION ALL SELECT 'dangerous extension installed', extname FROM pg_extension
   WHERE extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'lo', 'plpython3u', 'plperlu', 'pltclu', 'http', 'pg_net')
ORDER BY 1, 2
