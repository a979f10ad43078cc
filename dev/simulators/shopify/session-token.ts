/**
 * Session tokens (App Bridge id tokens) and the signed query of an embedded load, as Shopify Admin makes them.
 * Facts: JWT HS256 with the app's secret; iss `https://SHOP/admin`, dest `https://SHOP`, aud the API key, sub the
 * user's id, 60 seconds of life. The query's hmac is SHA-256 over its parameters in alphabetical order.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

export interface AppCredentials {
  apiKey: string;
  apiSecret: string;
}

const LIFETIME_SECONDS = 60;
/** The user Admin acts as when none is named. */
export const DEFAULT_USER = '42';

/** A session token for a user of a shop. `now` in milliseconds; `over` replaces claims (to make wrong tokens in tests). */
export function mintSessionToken(app: AppCredentials, shop: string, options: { user?: string; now?: number; over?: Record<string, unknown> } = {}): string {
  const seconds = Math.floor((options.now ?? Date.now()) / 1000);
  const claims = {
    iss: `https://${shop}/admin`, dest: `https://${shop}`, aud: app.apiKey, sub: options.user ?? DEFAULT_USER,
    exp: seconds + LIFETIME_SECONDS, nbf: seconds, iat: seconds, jti: randomUUID(), sid: randomUUID(), ...options.over,
  };
  const unsigned = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${unsigned}.${sign(unsigned, app.apiSecret)}`;
}

export interface SessionClaims {
  dest: string;
  sub: string;
  exp: number;
}

/** The claims of a genuine, current token of this app; null otherwise. Ten seconds of skew are allowed. */
export function readSessionToken(app: AppCredentials, token: string, now: number): SessionClaims | null {
  const [header, payload, signature, ...rest] = token.split('.');
  if (!header || !payload || !signature || rest.length > 0) return null;
  const expected = Buffer.from(sign(`${header}.${payload}`, app.apiSecret));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
  try {
    const { alg } = decode(header) as { alg?: string };
    const claims = decode(payload) as { aud?: string; iss?: string; dest?: string; sub?: string; exp?: number; nbf?: number };
    const seconds = now / 1000;
    const sound = alg === 'HS256' && claims.aud === app.apiKey && claims.iss === `${claims.dest}/admin`
      && (claims.exp ?? 0) > seconds - 10 && (claims.nbf ?? 0) <= seconds + 10;
    return sound ? { dest: String(claims.dest), sub: String(claims.sub), exp: Number(claims.exp) } : null;
  } catch {
    return null;
  }
}

/** The address Admin puts into its iframe: the app's page with the signed parameters of an embedded load. */
export function embeddedUrl(app: AppCredentials, appUrl: string, shop: string, path: string, options: { user?: string; now?: number } = {}): string {
  const url = new URL(path, appUrl);
  const now = options.now ?? Date.now();
  const host = Buffer.from(`admin.shopify.com/store/${shop.replace(/\.myshopify\.com$/, '')}`).toString('base64').replace(/=+$/, '');
  const parameters: Record<string, string> = {
    ...Object.fromEntries(url.searchParams), embedded: '1', host, id_token: mintSessionToken(app, shop, options), locale: 'en', session: randomUUID().replaceAll('-', ''),
    shop, timestamp: String(Math.floor(now / 1000)),
  };
  for (const [name, value] of Object.entries({ ...parameters, hmac: signQuery(parameters, app.apiSecret) })) url.searchParams.set(name, value);
  return url.href;
}

/** HMAC-SHA256 in hex over the parameters in alphabetical order, as Shopify signs the query of an embedded load. */
export function signQuery(parameters: Readonly<Record<string, string>>, secret: string): string {
  const message = Object.keys(parameters).sort().map((name) => `${name}=${parameters[name]}`).join('&');
  return createHmac('sha256', secret).update(message).digest('hex');
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

function sign(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}
