import { buildOpenApi } from '../../schemas/tools/openapi.ts';

/** The description of the REST API, made from the schemas and the list of routes. */
export function loader(): Response {
  return new Response(JSON.stringify(buildOpenApi()), { headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'public, max-age=300' } });
}
