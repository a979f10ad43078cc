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
  return { ...sdk, browser: { apiKey: options.apiKey, appBridgeUrl: options.appBridgeUrl ?? APP_BRIDGE_CDN_URL } };
}

export type Shopify = ReturnType<typeof createShopify>;
