/**
 * A process that asks for a shop's next token in the name of many callers at one moment, by the app's own parts:
 * SHOP, CALLERS and START_AT (milliseconds since the epoch) come by the environment. Prints the answers as one line of JSON.
 */
import pg from 'pg';
import { createOfflineTokenStore } from '../../app/adapters/db/offline-token-store.ts';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import { createTokenSeal } from '../../app/adapters/db/token-seal.ts';
import { createOfflineTokens } from '../../app/adapters/shopify/offline-tokens.ts';

const setting = (name: string): string => process.env[name] ?? '';
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 10 });
const tenancy = createTenancy(pool);
const store = createOfflineTokenStore({ pool: tenancy.unscoped, withTenant: tenancy.withTenant, seal: createTokenSeal(setting('ENCRYPTION_KEYS').split(',')), log: { error: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) } });
const tokens = createOfflineTokens({ store, apiKey: setting('SHOPIFY_API_KEY'), apiSecret: setting('SHOPIFY_API_SECRET') });
const shop = { tenantId: '' as never, shopDomain: setting('SHOP'), currencyCode: 'USD' };
const refused = (await store.load(shop.shopDomain))!.accessToken;
await new Promise((resolve) => void setTimeout(resolve, Math.max(0, Number(setting('START_AT')) - Date.now())));
const answers = await Promise.all(Array.from({ length: Number(setting('CALLERS')) }, async (_, i) => {
  // Some look first, as calls of the Admin API do; others were just refused.
  if (i % 5 === 0) await new Promise((resolve) => void setTimeout(resolve, i * 3));
  return (await tokens.refreshToken(shop, refused))?.accessToken ?? null;
}));
process.stdout.write(`${JSON.stringify({ refused, answers })}\n`);
await tenancy.close();
await pool.end();
