import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { Api, send, until } from './client.ts';
import type { Json } from './client.ts';

export interface ProductRow {
  readonly handle: string;
  readonly title?: string;
  readonly vendor?: string;
  readonly type?: string;
  readonly tags?: string;
  readonly option?: string;
  readonly sku: string;
  readonly price: string;
  readonly compareAt?: string;
  readonly cost?: string;
}

/** A price as the shop shows it. */
export interface Shown {
  readonly price: string;
  readonly compareAtPrice: string | null;
}

export interface Write {
  readonly seq: number;
  readonly variantId: string;
  readonly before: Shown;
  readonly after: Shown;
  readonly actor: 'app' | 'merchant';
  readonly operation: string;
}

/** One simulated shop with the app in it. The simulator's own books are the truth that the app is judged by. */
export class TestShop {
  readonly domain: string;
  readonly api: Api;

  constructor(domain: string, token: string) {
    this.domain = domain;
    this.api = new Api(token);
  }

  get #sim(): string {
    return `${inject('app').simulatorUrl}/_sim/shops/${this.domain}`;
  }

  async #control(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await send(method, `${this.#sim}/${path}`, { body });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.body;
  }

  /** What the shop shows now, by SKU; `id` is the number in the variant's gid. */
  async truth(): Promise<Map<string, Shown & { id: string; productId: string; cost: string | null }>> {
    const { data } = await this.#control('GET', 'variants?limit=10000');
    return new Map(data.map((row: Json) => [row.sku, row]));
  }

  edit(id: string, change: { price?: string; compareAtPrice?: string | null; cost?: string | null }): Promise<Json> {
    return this.#control('POST', `variants/${id}`, change);
  }

  editProduct(id: string, change: object): Promise<Json> {
    return this.#control('POST', `products/${id}`, change);
  }

  async writes(after = 0): Promise<Write[]> {
    return (await this.#control('GET', `writes?after=${after}`)).data;
  }

  async lastWrite(): Promise<number> {
    return (await this.writes()).at(-1)?.seq ?? 0;
  }

  fault(order: object): Promise<Json> {
    return this.#control('POST', 'faults', order);
  }

  faults(): Promise<Json> {
    return this.#control('GET', 'faults');
  }

  clearFaults(): Promise<Json> {
    return this.#control('DELETE', 'faults');
  }

  webhook(topic: string, payload?: object): Promise<Json> {
    return this.#control('POST', 'webhooks', { topic, ...(payload ? { payload } : {}) });
  }

  deliveries(): Promise<{ data: { topic: string; status: number | string; webhookId: string; eventId: string }[] }> {
    return this.#control('GET', 'deliveries');
  }

  uninstall(): Promise<Json> {
    return this.#control('POST', 'uninstall');
  }

  sessionToken(user?: string): Promise<string> {
    return sessionToken(this.domain, user);
  }
}

const HEADER = 'Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Cost per item,Status';
const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A product file in Shopify's format; rows of one handle are variants of one product. */
export function productCsv(rows: readonly ProductRow[]): string {
  const seen = new Set<string>();
  const lines = rows.map((row) => {
    const first = !seen.has(row.handle);
    seen.add(row.handle);
    const product = first ? [row.title ?? row.handle, row.vendor ?? 'Acme', row.type ?? 'Thing', row.tags ?? '', 'true', row.option ? 'Size' : 'Title'] : ['', '', '', '', '', ''];
    return [row.handle, ...product, row.option ?? 'Default Title', row.sku, '5', row.price, row.compareAt ?? '', row.cost ?? '', first ? 'active' : ''].map(cell).join(',');
  });
  return [HEADER, ...lines, ''].join('\n');
}

/** A new shop with these products, the app installed as its owner would, and its catalog brought in. */
export async function makeShop(name: string, definition: { products?: readonly ProductRow[]; generate?: { products: number; variantsPerProduct: number }; currencyCode?: string; plan?: string }): Promise<TestShop> {
  const { simulatorUrl } = inject('app');
  const shop = `${name}-${randomBytes(4).toString('hex')}.myshopify.com`;
  const { products, ...rest } = definition;
  const made = await send('POST', `${simulatorUrl}/_sim/shops`, { body: { shop, currencyCode: 'USD', plan: 'plus', ...rest, ...(products ? { csv: productCsv(products) } : {}) } });
  if (made.status !== 200) throw new Error(`The shop was not made: ${made.text}`);
  const test = new TestShop(shop, await install(shop));
  await sync(test.api);
  return test;
}

/** Opens the app as the shop's owner, which installs it, and makes an API token with every scope. */
async function install(shop: string): Promise<string> {
  const { simulatorUrl } = inject('app');
  const { body } = await send('GET', `${simulatorUrl}/_sim/embedded-url?shop=${shop}&path=/app`);
  const response = await fetch(body.url, { headers: { accept: 'text/html', 'user-agent': 'Mozilla/5.0 (system test)' } });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The app could not be installed in ${shop}: ${response.status}`);
  const owner = new Api(await sessionToken(shop));
  return (await owner.post('/tokens', { name: 'system test', scopes: ['admin'] })).token;
}

/** A session token as App Bridge has it, for a member of staff; the owner where none is named. */
export async function sessionToken(shop: string, user?: string): Promise<string> {
  const answer = await send('GET', `${inject('app').simulatorUrl}/_sim/id-token?shop=${shop}${user ? `&user=${user}` : ''}`);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.token;
}

export async function sync(api: Api): Promise<void> {
  const { id } = await api.post('/catalog/sync');
  const status = await until('the catalog is in', () => api.get('/catalog/status'), (seen) => seen.lastSync?.id === id && !seen.syncing);
  if (status.lastSync.state !== 'completed') throw new Error(`The sync failed: ${status.lastSync.error}`);
}

/** One of the demo's two shops. */
export function demoShop(index: 0 | 1): TestShop {
  const { shop, token } = inject('app').shops[index]!;
  return new TestShop(shop, token);
}
