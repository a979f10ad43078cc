import '@shopify/shopify-app-remix/adapters/node';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiVersion, AppDistribution, LogSeverity, shopifyApp } from '@shopify/shopify-app-remix/server';

/** Where Shopify serves App Bridge; Built for Shopify asks that it comes from here and nowhere else. */
export const APP_BRIDGE_CDN_URL = 'https://cdn.shopify.com/shopifycloud/app-bridge.js';

// Token exchange instead of redirects, and offline tokens that expire: Shopify asks both of new public apps.
const future = { unstable_newEmbeddedAuthStrategy: true, expiringOfflineAccessTokens: true } as const;

type SdkOptions = Parameters<typeof shopifyApp>[0];

export interface ShopifyOptions {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly scopes: readonly string[];
  /** Public origin of this app, e.g. `https://calibrate.example`. */
  readonly appUrl: string;
  readonly sessionStorage: NonNullable<SdkOptions['sessionStorage']>;
  /**
   * Runs `work`, which may get the shop a new token, while no other process does; false where it has not come to its turn in time.
   * A shop whose token needs no change does not wait.
   */
  readonly inTurn: (shopDomain: string, work: () => Promise<void>) => Promise<boolean>;
  /** Runs once after a shop's token was obtained (first visit, and again after uninstall and reinstall). */
  readonly afterAuth?: NonNullable<NonNullable<SdkOptions['hooks']>['afterAuth']>;
  /** Script the embedded pages load; Shopify's CDN unless a simulated Admin stands in for it. */
  readonly appBridgeUrl?: string;
  readonly log?: (severity: 'error' | 'warn' | 'info' | 'debug', message: string) => void;
}

const SHOP_ADDRESS = /^https:\/\/[a-z0-9][a-z0-9-]*\.myshopify\.com$/;

function claimedBy(token: string): { dest: string; iss: string } | null {
  try {
    const { dest, iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { dest?: unknown; iss?: unknown };
    return { dest: String(dest), iss: String(iss) };
  } catch {
    return null;
  }
}

/** Whether the app's secret signed the token. The SDK checks it again, and what it says; this keeps forgers out of our turns. */
function isSigned(token: string, secret: string): boolean {
  const end = token.lastIndexOf('.');
  const wanted = createHmac('sha256', secret).update(token.slice(0, end)).digest();
  const given = Buffer.from(token.slice(end + 1), 'base64url');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/**
 * The request as the SDK may see it, and the shop its token names, '' where nobody vouches for it. The SDK does not compare issuer
 * and destination, nor ask whether they are a shop: such a token is put out, so that it is refused as any bad one.
 */
function presented(request: Request, secret: string): { request: Request; shop: string } {
  const url = new URL(request.url);
  const token = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '') ?? url.searchParams.get('id_token') ?? '';
  const claims = claimedBy(token);
  if (!claims) return { request, shop: '' };
  if (SHOP_ADDRESS.test(claims.dest) && claims.iss === `${claims.dest}/admin`) return { request, shop: isSigned(token, secret) ? new URL(claims.dest).hostname : '' };
  const headers = new Headers(request.headers);
  if (headers.has('authorization')) headers.set('authorization', 'Bearer invalid');
  if (url.searchParams.has('id_token')) url.searchParams.set('id_token', 'invalid');
  return { request: new Request(url, { method: request.method === 'HEAD' ? 'HEAD' : 'GET', headers, signal: request.signal }), shop: '' };
}

/**
 * Requests of one shop take turns, in this process and with all others: a page asks for all its data at once, and each request that
 * finds no token would get one of its own. Every new one revokes those before it, and the one that happens to be stored last need not
 * be the one that lives.
 */
function takingTurns<T, A extends (request: Request) => Promise<T>>(authenticate: A, secret: string, inTurn: ShopifyOptions['inTurn']): A {
  const last = new Map<string, Promise<unknown>>();
  return ((given: Request) => {
    const { request, shop } = presented(given, secret);
    if (shop === '') return authenticate(request);
    const mine = (last.get(shop) ?? Promise.resolve()).then(async () => {
      let outcome: { ok: true; value: T } | { ok: false; error: unknown } | undefined;
      const inTime = await inTurn(shop, async () => {
        // What it throws is an answer as well, and not the turn's business.
        outcome = await authenticate(request).then((value) => ({ ok: true as const, value }), (error: unknown) => ({ ok: false as const, error }));
      });
      if (!inTime || !outcome) throw new Response(null, { status: 503, headers: { 'Retry-After': '2' } });
      if (!outcome.ok) throw outcome.error;
      return outcome.value;
    });
    const settled = mine.catch(() => undefined).finally(() => {
      if (last.get(shop) === settled) last.delete(shop);
    });
    last.set(shop, settled);
    return mine;
  }) as A;
}

const SEVERITIES = ['error', 'warn', 'info', 'debug'] as const;

/** Configures Shopify's SDK. `browser` is what embedded pages may know: no secret is in it. */
export function createShopify(options: ShopifyOptions) {
  const { log } = options;
  const sdk = shopifyApp({
    apiKey: options.apiKey,
    apiSecretKey: options.apiSecret,
    apiVersion: ApiVersion.July26,
    scopes: [...options.scopes],
    appUrl: options.appUrl,
    authPathPrefix: '/auth',
    sessionStorage: options.sessionStorage,
    distribution: AppDistribution.AppStore,
    isEmbeddedApp: true,
    future,
    hooks: options.afterAuth ? { afterAuth: options.afterAuth } : {},
    // The SDK writes session tokens at debug level: never go below info.
    logger: log
      ? { level: LogSeverity.Info, timestamps: false, log: (severity, message) => log(SEVERITIES[severity] ?? 'info', message) }
      : { level: LogSeverity.Error },
  });
  return { ...sdk, authenticate: { ...sdk.authenticate, admin: takingTurns(sdk.authenticate.admin, options.apiSecret, options.inTurn) }, browser: { apiKey: options.apiKey, appBridgeUrl: options.appBridgeUrl ?? APP_BRIDGE_CDN_URL } };
}

export type Shopify = ReturnType<typeof createShopify>;
