import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Container } from '../container.server.ts';
import type { WebhookRow } from '../ports/tenant-store.ts';
import { requestContext, requestIdOf } from './request-context.ts';

/** Shopify's payloads stay far below this; what is larger is not a webhook. */
const PAYLOAD_BYTES_MAX = 10 * 1024 * 1024;

/** Whether the signature fits the raw body by one of the secrets (two of them while a secret is being rotated). */
export function signatureFits(body: Uint8Array, signature: string | null, secrets: readonly string[]): boolean {
  // As text: decoding base64 would pass over whatever follows its end.
  const given = Buffer.from(signature ?? '');
  return secrets.some((secret) => {
    const wanted = Buffer.from(createHmac('sha256', secret).update(body).digest('base64'));
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/** Shopify gives up on an answer after five seconds; a no in time is better than none, and the same delivery comes again. */
const ANSWER_MS = 4_500;

const empty = (status: number): Response => new Response(null, { status });

/**
 * Takes a webhook in: 401 for a wrong signature, 200 once it is kept (also for a shop or a topic we know nothing of, since
 * sending it again would change nothing), 5xx when it could not be kept, so that Shopify sends it again.
 */
export function receiveShopifyWebhook(container: Container, request: Request): Promise<Response> {
  return inTime(receive(container, request));
}

async function receive(container: Container, request: Request): Promise<Response> {
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { Allow: 'POST' } });
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.byteLength > PAYLOAD_BYTES_MAX) return empty(413);
  const { apiSecret, apiSecretPrevious } = container.config.shopify;
  const header = (name: string): string => request.headers.get(`x-shopify-${name}`) ?? '';
  if (!signatureFits(body, request.headers.get('x-shopify-hmac-sha256'), [apiSecret, ...(apiSecretPrevious ? [apiSecretPrevious] : [])])) return empty(401);
  const tenant = await container.directory.byShop(header('shop-domain'));
  if (!tenant) return empty(200);
  const topic = header('topic').toLowerCase();
  const ctx = requestContext(request, container, tenant.tenantId, { kind: 'shopify', id: topic });
  const triggeredAt = new Date(header('triggered-at'));
  const webhook: WebhookRow = {
    webhookId: header('webhook-id') || requestIdOf(request), eventId: header('event-id') || header('webhook-id') || requestIdOf(request), topic,
    apiVersion: header('api-version'), triggeredAt: Number.isNaN(triggeredAt.getTime()) ? ctx.now() : triggeredAt, payload: parse(body),
  };
  const received = await container.flows.receiveWebhook(ctx, webhook);
  return empty(received.ok ? 200 : 503);
}

/** The answer, or 503 where it takes too long: a database that hangs keeps nobody waiting. What is kept late is a delivery known already. */
async function inTime(answer: Promise<Response>): Promise<Response> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Response>((resolve) => {
    timer = setTimeout(() => resolve(empty(503)), ANSWER_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
