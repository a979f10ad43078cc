import { vitePlugin as remix } from '@remix-run/dev';
import { defineConfig } from 'vite';
import remixConfig from './remix.config.js';

export default defineConfig({
  plugins: [remix(remixConfig)],
  server: { host: '127.0.0.1', cors: { preflightContinue: true } },
  build: {
    // Data URLs would need their own allowance in a content security policy and cannot be cached on their own.
    assetsInlineLimit: 0,
    target: 'es2022',
    // Polaris is one package of about 200 kB (gzip); split further it only costs round trips.
    chunkSizeWarningLimit: 700,
  },
  optimizeDeps: { include: ['@shopify/polaris', '@shopify/app-bridge-react'] },
});
