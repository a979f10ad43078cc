/**
 * The Shopify simulator as a process:
 *
 *   node dev/simulators/shopify/main.ts --app-url http://127.0.0.1:3000 --api-key KEY --api-secret SECRET
 *        [--port 4000] [--scopes read_products,write_products,read_inventory,read_orders] [--state FILE]
 *
 * Every flag has a variable of the same name: SHOPIFY_SIM_PORT, SHOPIFY_APP_URL, SHOPIFY_API_KEY,
 * SHOPIFY_API_SECRET, SCOPES, SHOPIFY_SIM_STATE (where the shops are kept between runs). Prints one line of JSON when it listens; ends cleanly on SIGTERM and SIGINT.
 */
import { parseArgs } from 'node:util';
import { startShopifySimulator } from './server.ts';

const text = { type: 'string' } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: text, host: text, 'app-url': text, 'api-key': text, 'api-secret': text, scopes: text, state: text } });
  const setting = (flag: keyof typeof values, variable: string, fallback?: string): string => {
    const value = values[flag] ?? process.env[variable] ?? fallback;
    if (value === undefined || value === '') throw new Error(`--${flag} (or ${variable}) is missing`);
    return value;
  };
  const port = Number(setting('port', 'SHOPIFY_SIM_PORT', '4000'));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port must be a number from 0 to 65535');
  const stateFile = values.state ?? process.env['SHOPIFY_SIM_STATE'];
  const simulator = await startShopifySimulator({
    port, host: setting('host', 'SHOPIFY_SIM_HOST', '127.0.0.1'), appUrl: new URL(setting('app-url', 'SHOPIFY_APP_URL')).origin,
    apiKey: setting('api-key', 'SHOPIFY_API_KEY'), apiSecret: setting('api-secret', 'SHOPIFY_API_SECRET'),
    scopes: setting('scopes', 'SCOPES', 'read_products,write_products,read_inventory,read_orders').split(',').map((scope) => scope.trim()).filter(Boolean),
    ...(stateFile ? { stateFile } : {}),
  });
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const shops = [...simulator.shops.values()].map((shop) => ({ shop: shop.domain, variants: shop.catalog.variants.length }));
  process.stdout.write(`${JSON.stringify({ listening: simulator.origin, port: simulator.port, pid: process.pid, shops })}\n`);
}

main().catch((error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException;
  process.stderr.write(`Shopify simulator: ${code === 'EADDRINUSE' ? 'the port is in use; choose another with --port' : message}\n`);
  process.exit(1);
});
