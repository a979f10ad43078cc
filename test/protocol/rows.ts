import { expect, it } from 'vitest';

/** The protocol tables: what Shopify asks of an app, a row each. Every row is one test, named as here. */
export const ROWS = {
  webhooks: [
    'good HMAC 200', 'bad HMAC 401', 'missing HMAC 401', 're-serialised body 401', 'HMAC of other length does not throw', 'GET 405', 'three privacy topics',
    'two secrets for 1 h while rotating', 'answer < 1 s with the worker stalled', 'Postgres down → 5xx, never 200', 'same Webhook-Id 8 times → 1 inbox row',
    'same Event-Id by two subscriptions → 1 effect', 'older Triggered-At after newer → ignored', 'original payload 4 h later → no overwrite',
  ],
  'session-tokens': [
    'expired', 'nbf ahead', 'wrong aud', 'alg none', 'wrong secret', 'dest ≠ iss host', 'look-alike host', 'shop parameter ≠ token (token wins)', 'another shop\'s id → 404',
    'missing → 401 with X-Shopify-Retry-Invalid-Session-Request',
  ],
  csp: [
    'every page of the Console names exactly the shop and admin.shopify.com', 'error pages too', 'pages of the SDK and pages without a shop too', 'a shop that the token is not of is not named',
  ],
  'access-tokens': [
    'AES-256-GCM with key id and the tenant as AAD', 'a row moved to another tenant does not open', 'no token in a dump, a log, Redis or an error page', 'rotation of the key',
    'refreshed before expiry', '50 at once → one refresh', 'refresh answer lost → retried', '401 mid-apply → refresh once', 'then pause with a banner', 'nothing failed',
  ],
  privacy: [
    'customers/data_request leaves evidence', 'customers/redact leaves evidence', 'shop/redact leaves evidence', 'shop/redact leaves 0 rows of the tenant in every table of pg_catalog',
    'uninstall stops schedules, leases and refreshes at once', 'each of Shopify\'s own 32 checks has a test or a written answer',
  ],
} as const;

export type Table = keyof typeof ROWS;

/** Makes one test of each row of a table; a row without a proof does not compile. */
export function proveRows<T extends Table>(table: T, proofs: Readonly<Record<(typeof ROWS)[T][number], () => Promise<void> | void>>): void {
  expect(Object.keys(proofs)).toEqual([...ROWS[table]]);
  for (const [row, proof] of Object.entries<() => Promise<void> | void>(proofs)) it(row, proof);
}
