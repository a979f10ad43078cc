import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Container } from '../container.server.ts';

/** What an operator asks a worker: whether it is up, whether it can work, and its numbers. Nothing else is served. */
export function startOpsServer(container: Container, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(container, request.url ?? '/').then(
      ({ status, type, body }) => response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body),
      (error: unknown) => {
        container.log.error({ err: error }, 'The worker could not answer its operator');
        response.writeHead(500).end();
      });
  });
  server.requestTimeout = 10_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

async function answer({ metrics, readiness }: Container, url: string): Promise<{ status: number; type: string; body: string }> {
  const json = (status: number, body: unknown) => ({ status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) });
  if (url === '/healthz') return json(200, { status: 'ok' });
  if (url === '/readyz') {
    const problems = await readiness();
    return json(problems.length ? 503 : 200, { status: problems.length ? 'not_ready' : 'ready', problems });
  }
  if (url === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.render() };
  return json(404, { status: 'not_found' });
}
