-- The same ids, made in the statement that asks for them. Joining a uuid or a number to a text goes by functions that are only stable, and a
-- body with such a one is never put in place of its call: half the time of putting a catalog aside was calling this twice for each variant.
CREATE OR REPLACE FUNCTION app.entity_id(tenant uuid, kind text, ref bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN md5(tenant::text || ':' || kind || ':' || ref::text)::uuid;
