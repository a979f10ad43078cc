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
    v3_lazyRouteDiscovery: true,
    // Shopify's package answers a bad session token with a thrown 401 and a header that App Bridge waits for;
    // single fetch folds thrown responses into a stream and drops their headers unless every route re-exports them.
    v3_singleFetch: false,
    v3_routeConfig: false,
  },
};
