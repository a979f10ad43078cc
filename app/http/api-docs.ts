import { framePolicy } from '../web/frame-policy.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Calibrate API</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css">
</head>
<body>
<main id="docs"></main>
<script src="/api/docs/assets/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({ url: '/api/v1/openapi.json', dom_id: '#docs', deepLinking: true, persistAuthorization: false, docExpansion: 'list', defaultModelsExpandDepth: 0 });
</script>
</body>
</html>
`;

/** The reference of the REST API; script and styles come from this server, not from a CDN. */
export function apiDocs({ request }: { request: Request }): Response {
  return new Response(PAGE, { headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': framePolicy(new URL(request.url)) } });
}
