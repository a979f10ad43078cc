import type { ActionFunctionArgs } from '@remix-run/node';
import { container } from '../container.server.ts';
import { ringCronJob } from './cron.ts';
import { receiveShopifyWebhook } from './webhook.ts';

/** Whether this process can do its work: database, migrations, queue. 503 names what is missing. */
export async function readyz(): Promise<Response> {
  const problems = await container().then((made) => made.readiness(), (error: unknown) => [error instanceof Error ? error.message : 'not started']);
  return Response.json({ status: problems.length ? 'not_ready' : 'ready', problems }, { status: problems.length ? 503 : 200, headers: { 'Cache-Control': 'no-store' } });
}

/** Prometheus text; no label names a shop. */
export async function metrics(): Promise<Response> {
  const { metrics: numbers, directory, busWatch } = await container();
  const [{ outboxPending, outboxDead, outboxLagMs, shopsStopped }, topics, monthsAhead, inbound] = await Promise.all([directory.metrics(), busWatch.topics(), busWatch.monthsAhead(), directory.inbound()]);
  numbers.inbound(inbound);
  numbers.bus(topics);
  numbers.logMonthsAhead(monthsAhead);
  numbers.writesStopped(shopsStopped);
  numbers.outbox({ pending: outboxPending, dead: outboxDead, lagMs: outboxLagMs });
  return new Response(await numbers.render(), { headers: { 'Content-Type': numbers.contentType, 'Cache-Control': 'no-store' } });
}

/** A webhook of Shopify; 503 while we cannot keep it, so that Shopify sends it again. */
export async function webhookAction({ request }: ActionFunctionArgs): Promise<Response> {
  const made = await container().catch(() => null);
  if (!made) return new Response(null, { status: 503 });
  return receiveShopifyWebhook(made, request).catch((error: unknown) => {
    made.log.error({ err: error }, 'A webhook could not be kept');
    return new Response(null, { status: 503 });
  });
}

export async function cronAction({ request, params }: ActionFunctionArgs): Promise<Response> {
  return ringCronJob(await container(), request, params.job ?? '');
}

export function postOnly(): Response {
  return new Response(null, { status: 405, headers: { Allow: 'POST' } });
}
