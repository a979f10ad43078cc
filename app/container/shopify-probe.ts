import type { ShopifyConnector } from '../adapters/shopify/connector.ts';
import type { ConnectorProbe } from '../ports/connector-probe.ts';

/** The Shopify connector's health in the few words that help a person: no token, no raw answer. */
export function shopifyProbe(connector: ShopifyConnector): ConnectorProbe {
  return {
    async check(shop) {
      const answer = await connector.check(shop);
      const seen = connector.health(shop.shopDomain);
      const { failure, scopes } = answer;
      // Being throttled is being slowed down, not being cut off.
      const status = answer.ok ? (seen.versionFallback ? 'degraded' : 'ok') : failure && failure.kind !== 'throttled' ? 'down' : 'degraded';
      return {
        status,
        detail: {
          apiVersion: seen.servedApiVersion ?? seen.apiVersion,
          latencyMs: answer.latencyMs,
          ...(seen.versionFallback ? { problem: `Shopify answers with API version ${seen.servedApiVersion} instead of ${seen.apiVersion}: the app needs an update.` } : {}),
          ...(failure ? { problem: failure.detail } : {}),
          ...(answer.currencyMatches === false ? { problem: "The shop's currency has changed; sync the catalog before planning." } : {}),
          ...(scopes ? { scopesGranted: scopes.granted.join(', '), ...(scopes.missing.length ? { scopesMissing: scopes.missing.join(', ') } : {}) } : {}),
          ...(seen.throttle ? { pointsAvailable: seen.throttle.currentlyAvailable, pointsMaximum: seen.throttle.maximumAvailable, pointsRestoredPerSecond: seen.throttle.restoreRate } : {}),
          requestsThrottled: seen.requests.throttled,
          lastSuccessAt: seen.lastSuccessAt,
        },
      };
    },
  };
}
