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

/** The shop that a session token names, not checked yet: good enough to stand in line by. */
function claimedShop(request: Request): string {
  const token = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '') ?? new URL(request.url).searchParams.get('id_token') ?? '';
  try {
    return String((JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { dest?: unknown }).dest);
  } catch {
    return '';
  }
}

/**
 * Requests of one shop take turns: a page asks for all its data at once, and each request that finds no token would get one of
 * its own. Every new one revokes those before it, and the one that happens to be stored last need not be the one that lives.
 */
function takingTurns<A extends (request: Request) => Promise<unknown>>(authenticate: A): A {
  const last = new Map<string, Promise<unknown>>();
  return ((request: Request) => {
    const shop = claimedShop(request);
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
