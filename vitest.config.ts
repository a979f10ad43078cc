import { defineConfig } from 'vitest/config';

// jsdom is asked for by the file that needs it: `// @vitest-environment jsdom` on its first line.
// A time-out catches what hangs; on a busy machine a property over thousands of cases may take many seconds.
const everywhere = { environment: 'node', setupFiles: ['./test/setup/jsdom.ts'], restoreMocks: true, testTimeout: 60_000 };

export default defineConfig({
  esbuild: { jsx: 'automatic' },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...everywhere,
          name: 'unit',
          include: ['{app,dev,schemas,extensions,bench}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/generated/**'],
        },
      },
      {
        extends: true,
        test: { ...everywhere, name: 'contract', include: ['test/{contract,architecture,oracle}/**/*.test.{ts,tsx}'] },
      },
      {
        extends: true,
        test: {
          ...everywhere,
          name: 'integration',
          include: ['test/{integration,faults}/**/*.test.ts'],
          globalSetup: ['./test/setup/global.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...everywhere,
          // What Shopify asks of an app: the real processes against a simulated Shopify, one start a file.
          name: 'protocol',
          include: ['test/protocol/**/*.test.ts'],
          globalSetup: ['./test/setup/protocol.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          ...everywhere,
          // The REST API, the webhooks and the processes of the whole running app.
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['./test/setup/app.ts'],
          // One after the other: they share a shop, and some kill processes.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...everywhere,
          // Real processes and servers that are killed; each file starts its own.
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...everywhere,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['./test/setup/app.ts'],
          // One browser at a time: two would share two cores and measure each other.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
