/**
 * The one place for Remix's options; vite.config.ts reads it.
 * @type {import('@remix-run/dev').VitePluginConfig}
 */
export default {
  appDirectory: 'app',
  ignoredRouteFiles: ['**/.*', '**/*.test.{ts,tsx}'],
  serverModuleFormat: 'esm',
  future: {
    v3_fetcherPersist: true,
    v3_relativeSplatPath: true,
    v3_throwAbortReason: true,
    // With it, a fetcher that ends while the router is on its way to a route it does not know yet throws and blanks the page
    // ("Didn't find any matches after fetcher action"). Our routes are few: all of them are told at once.
    v3_lazyRouteDiscovery: false,
    // Shopify's package answers a bad session token with a thrown 401 and a header that App Bridge waits for;
    // single fetch folds thrown responses into a stream and drops their headers unless every route re-exports them.
    v3_singleFetch: false,
    v3_routeConfig: false,
  },
};
