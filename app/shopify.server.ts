import '@shopify/shopify-app-remix/adapters/node';
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

/**
 * The request as the SDK may see it, and the shop its token names, which only the SDK's check of the signature makes true. The
 * SDK does not compare issuer and destination, nor ask whether they are a shop: such a token is put out, so that it is refused as any bad one.
 */
function presented(request: Request): { request: Request; shop: string } {
  const url = new URL(request.url);
  const token = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '') ?? url.searchParams.get('id_token') ?? '';
  const claims = claimedBy(token);
  if (!claims) return { request, shop: '' };
  if (SHOP_ADDRESS.test(claims.dest) && claims.iss === `${claims.dest}/admin`) return { request, shop: claims.dest };
  const headers = new Headers(request.headers);
  if (headers.has('authorization')) headers.set('authorization', 'Bearer invalid');
  if (url.searchParams.has('id_token')) url.searchParams.set('id_token', 'invalid');
  return { request: new Request(url, { method: request.method === 'HEAD' ? 'HEAD' : 'GET', headers, signal: request.signal }), shop: '' };
}

/**
 * Requests of one shop take turns: a page asks for all its data at once, and each request that finds no token would get one of
 * its own. Every new one revokes those before it, and the one that happens to be stored last need not be the one that lives.
 */
function takingTurns<A extends (request: Request) => Promise<unknown>>(authenticate: A): A {
  const last = new Map<string, Promise<unknown>>();
  return ((given: Request) => {
    const { request, shop } = presented(given);
    if (shop === '') return authenticate(request);
    const mine = (last.get(shop) ?? Promise.resolve()).then(() => authenticate(request));
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
  return { ...sdk, authenticate: { ...sdk.authenticate, admin: takingTurns(sdk.authenticate.admin) }, browser: { apiKey: options.apiKey, appBridgeUrl: options.appBridgeUrl ?? APP_BRIDGE_CDN_URL } };
}

export type Shopify = ReturnType<typeof createShopify>;
