import { vitePlugin as remix } from '@remix-run/dev';
import { defineConfig } from 'vite';
// @ts-expect-error plain JavaScript, typed by its own comment
import remixConfig from './remix.config.js';

export default defineConfig({
  plugins: [remix(remixConfig)],
  // Only for `shopify app dev`: it chooses the port and opens a tunnel, whose host name it tells us.
  server: {
    host: '127.0.0.1',
    port: Number(process.env['PORT'] ?? 3000),
    allowedHosts: process.env['SHOPIFY_APP_URL'] ? [new URL(process.env['SHOPIFY_APP_URL']).hostname] : [],
    cors: { preflightContinue: true },
  },
  build: {
    // Data URLs would need their own allowance in a content security policy and cannot be cached on their own.
    assetsInlineLimit: 0,
    target: 'es2022',
    // Polaris is one package of about 200 kB (gzip); split further it only costs round trips.
    chunkSizeWarningLimit: 700,
  },
  optimizeDeps: { include: ['@shopify/polaris', '@shopify/app-bridge-react'] },
});
