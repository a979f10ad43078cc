import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { ClientError, GraphQLClient } from 'graphql-request';
import type { Variables } from 'graphql-request';
import { failureOf } from './failures.ts';
import type { AdminFailure, GraphqlError } from './failures.ts';
import type { CostReport } from './pacer.ts';

/** The Admin API version of every request; the documents are typed from the same version's schema. */
export const API_VERSION = '2026-07';

const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/;

/** Where a shop's Admin API is. Throws on anything but a myshopify domain: a token must go nowhere else. */
export function shopifyEndpoint(shopDomain: string): URL {
  if (!SHOP_DOMAIN.test(shopDomain)) throw new RangeError(`${JSON.stringify(shopDomain)} is not a myshopify.com domain`);
  return new URL(`https://${shopDomain}/admin/api/${API_VERSION}/graphql.json`);
}

export interface Sending<T, V> {
  readonly shopDomain: string;
  readonly accessToken: string;
  readonly document: TypedDocumentNode<T, V>;
  readonly variables: V;
  /** Whether the shop may have changed when the answer is lost. */
  readonly isWrite: boolean;
  readonly timeoutMs: number;
}

export interface Exchange<T> {
  readonly outcome: { readonly ok: true; readonly data: T } | { readonly ok: false; readonly failure: AdminFailure };
  readonly cost: CostReport | null;
  readonly status: number | null;
  readonly requestId: string | null;
  /** The API version that answered, which differs from ours once Shopify has retired it. */
  readonly servedVersion: string | null;
}

/** Sends one request, once. What went wrong comes back as a failure; it throws only on a shop domain that is none. */
export class AdminClient {
  readonly #endpoint: (shopDomain: string) => URL;
  readonly #fetch: typeof fetch;

  constructor(options: { endpoint?: (shopDomain: string) => URL; fetch?: typeof fetch }) {
    this.#endpoint = options.endpoint ?? shopifyEndpoint;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  async send<T, V>(sending: Sending<T, V>): Promise<Exchange<T>> {
    let received: Response | null = null;
    const client = new GraphQLClient(this.#endpoint(sending.shopDomain).href, {
      // GraphQLClient throws on broken answers without saying what the status and the request id were.
      fetch: async (input, init) => (received = await this.#fetch(input, init)),
      errorPolicy: 'all',
      // Redirects are not followed: fetch would carry the token's header along to another host.
      redirect: 'manual',
      headers: { 'x-shopify-access-token': sending.accessToken, accept: 'application/json' },
    });
    let thrown: unknown;
    let body: { data?: T | null; errors?: unknown; extensions?: unknown } | null = null;
    try {
      body = await client.rawRequest<T>({
        query: sending.document as never,
        variables: sending.variables as Variables,
        signal: AbortSignal.timeout(sending.timeoutMs),
      });
    } catch (error) {
      if (error instanceof ClientError) body = error.response as unknown as { errors?: unknown; extensions?: unknown };
      else thrown = error;
    }
    const response = received as Response | null;
    const common = {
      cost: costReport(body?.extensions),
      status: response?.status ?? null,
      requestId: response?.headers.get('x-request-id') ?? null,
      servedVersion: response?.headers.get('x-shopify-api-version') ?? null,
    };
    const errors = Array.isArray(body?.errors) ? (body.errors as GraphqlError[]) : [];
    if (response?.ok && body && errors.length === 0 && body.data !== null && body.data !== undefined) {
      return { ...common, outcome: { ok: true, data: body.data } };
    }
    const failure = failureOf({
      isWrite: sending.isWrite,
      requestId: common.requestId,
      errors,
      thrown,
      ...(response ? { status: response.status, retryAfter: response.headers.get('retry-after') } : {}),
    });
    return { ...common, outcome: { ok: false, failure } };
  }
}

/** `extensions.cost`, or null where the answer has none that can be used. */
export function costReport(extensions: unknown): CostReport | null {
  const cost = (extensions as { cost?: Record<string, unknown> } | undefined)?.cost;
  const throttle = cost?.throttleStatus as Record<string, unknown> | undefined;
  if (!cost || !throttle) return null;
  const { requestedQueryCost: requested, actualQueryCost: actual } = cost;
  const { maximumAvailable, currentlyAvailable, restoreRate } = throttle;
  if (!isPoints(requested) || !isPoints(maximumAvailable) || !isPoints(currentlyAvailable) || !isPoints(restoreRate)) return null;
  return { requested, actual: isPoints(actual) ? actual : null, maximumAvailable, currentlyAvailable, restoreRate };
}

function isPoints(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
