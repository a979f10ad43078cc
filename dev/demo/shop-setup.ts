import { setTimeout as sleep } from 'node:timers/promises';
import { DemoError } from './options.ts';

const REQUEST_MS = 30_000;
const SYNC_MS = 600_000;

async function call(url: string, init: RequestInit = {}): Promise<Response> {
  // Shopify's SDK turns programs away by their name; this stands for the owner's browser.
  const headers = { 'user-agent': 'Mozilla/5.0 (Calibrate demo)', ...(init.headers as Record<string, string>) };
  return fetch(url, { ...init, headers, signal: AbortSignal.timeout(REQUEST_MS) });
}

async function jsonOf<T>(response: Response, what: string): Promise<T> {
  const text = await response.text();
  if (!response.ok) {
    let detail = text.slice(0, 300);
    try {
      const body = JSON.parse(text) as { error?: string; detail?: string };
      detail = body.error ?? body.detail ?? detail;
    } catch {
      // The text itself is the best that can be said.
    }
    throw new DemoError(`${what}: ${detail}`);
  }
  return JSON.parse(text) as T;
}

/** Waits until an address answers 2xx. Throws a DemoError after `limitMs`, saying what it answered last. */
export async function untilReady(url: string, limitMs: number): Promise<void> {
  let last = 'no answer';
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(150)) {
    try {
      const response = await call(url);
      if (response.ok) return;
      last = `${response.status} ${(await response.text()).slice(0, 200)}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  throw new DemoError(`${url} did not become ready: ${last}`);
}

/** Puts product CSVs, or the built-in products where there are none, in place of a shop's catalog. */
export async function loadProducts(simulatorUrl: string, shop: string, files: readonly { name: string; text: string }[]): Promise<void> {
  const response = await call(`${simulatorUrl}/_sim/shops`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ shop, currencyCode: 'USD', plan: 'standard', ...(files.length ? { csv: files } : {}) }) });
  await jsonOf(response, 'The product CSV was refused');
}

/** Opens the app once as the shop's owner, as Shopify Admin would: that is what installs it. */
export async function install(simulatorUrl: string, shop: string): Promise<void> {
  const { url } = await jsonOf<{ url: string }>(await call(`${simulatorUrl}/_sim/embedded-url?shop=${shop}&path=/app`), 'The simulator gave no address of the app');
  const response = await call(url, { redirect: 'follow', headers: { accept: 'text/html' } });
  if (!response.ok) throw new DemoError(`The app could not be installed in ${shop}: it answered ${response.status}`);
}

async function sessionToken(simulatorUrl: string, shop: string): Promise<string> {
  return (await jsonOf<{ token: string }>(await call(`${simulatorUrl}/_sim/id-token?shop=${shop}`), 'The simulator gave no session token')).token;
}

/** A token with every scope: the one from an earlier run where it still works, otherwise a new one. */
export async function adminToken(apiUrl: string, simulatorUrl: string, shop: string, known: string | undefined): Promise<string> {
  if (known) {
    const response = await call(`${apiUrl}/catalog/status`, { headers: { authorization: `Bearer ${known}` } });
    if (response.ok) return known;
  }
  const made = await call(`${apiUrl}/tokens`, {
    method: 'POST', headers: { authorization: `Bearer ${await sessionToken(simulatorUrl, shop)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Demo', scopes: ['admin'] }),
  });
  return (await jsonOf<{ token: string }>(made, `No API token could be made for ${shop}`)).token;
}

interface Status {
  readonly syncing: boolean;
  readonly lastSync: { readonly state: string; readonly error: string | null; readonly id: string } | null;
  readonly variants: number;
}

/** Brings the shop's catalog in and waits until it is here. Answers how many variants there are. */
export async function syncCatalog(apiUrl: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const { id } = await jsonOf<{ id: string }>(await call(`${apiUrl}/catalog/sync`, { method: 'POST', headers }), 'The sync did not start');
  for (const end = Date.now() + SYNC_MS; Date.now() < end; await sleep(200)) {
    const status = await jsonOf<Status>(await call(`${apiUrl}/catalog/status`, { headers }), 'The sync cannot be followed');
    if (status.lastSync?.id !== id) continue;
    if (status.lastSync.state === 'completed') return status.variants;
    if (status.lastSync.state === 'failed') throw new DemoError(`The catalog could not be brought in: ${status.lastSync.error ?? 'unknown reason'}`);
  }
  throw new DemoError('The catalog was not brought in within ten minutes');
}
