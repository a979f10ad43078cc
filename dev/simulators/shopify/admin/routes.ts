import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { adminPage } from './page.ts';
import { staffMember } from './staff.ts';

/** What the resource picker shows and gives back; ids are gids, prices decimal strings. */
export interface PickerProduct {
  readonly id: string;
  readonly title: string;
  readonly handle: string;
  readonly vendor: string;
  readonly productType: string;
  readonly status: string;
  readonly totalVariants: number;
  readonly variants: readonly { readonly id: string; readonly title: string; readonly sku: string; readonly price: string }[];
}

export interface AdminShop {
  /** The store's name as people read it. */
  readonly name: string;
  /** Products whose title holds `query` (any case; all for ''), at most `limit`. */
  readonly searchProducts: (query: string, limit: number) => readonly PickerProduct[];
}

export interface AdminOptions {
  /** The simulator's own origin, where these routes are served. */
  readonly origin: string;
  /** The app's origin, which the Admin frames. */
  readonly appUrl: string;
  /** A store by its myshopify domain, undefined where there is none. */
  readonly shopState: (shop: string) => AdminShop | undefined;
  /** myshopify domains of all stores, for the store switcher. */
  readonly listShops: () => readonly string[];
  /** A session token (JWT) for that shop and staff member, as App Bridge would supply. */
  readonly mintSessionToken: (shop: string, userId: string) => string | Promise<string>;
  /** HMAC-SHA256 (hex) by the app's secret over the sorted query, as Shopify signs it. */
  readonly signQuery: (query: Readonly<Record<string, string>>) => string;
}

/** Answers what belongs to the Admin and says so with true; false leaves the request to other routes. */
export type AdminRoutes = (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<boolean>;

const APP_PAGE = /^\/store\/([a-z0-9][a-z0-9-]*)\/apps\/calibrate(\/.*)?$/;
const STORE = /^\/store\/([a-z0-9][a-z0-9-]*)(\/.*)?$/;
const PICKER_LIMIT = 50;

const STATIC: Readonly<Record<string, { file: string; type: string }>> = {
  '/app-bridge.js': { file: 'app-bridge.js', type: 'text/javascript; charset=utf-8' },
  '/_admin/admin.js': { file: 'admin.js', type: 'text/javascript; charset=utf-8' },
  '/_admin/dialogs.js': { file: 'dialogs.js', type: 'text/javascript; charset=utf-8' },
  '/_admin/admin.css': { file: 'admin.css', type: 'text/css; charset=utf-8' },
};

/** The simulated Shopify Admin: the page that frames the app, and what that page and App Bridge's stand-in ask for. */
export function adminRoutes(options: AdminOptions): AdminRoutes {
  return async (req, res, url) => {
    const send = (status: number, body: string, headers: Record<string, string>) => {
      res.writeHead(status, { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...headers });
      res.end(req.method === 'HEAD' ? undefined : body);
      return true;
    };
    const json = (status: number, value: unknown) => send(status, JSON.stringify(value), { 'Content-Type': 'application/json' });
    const html = (status: number, body: string) => send(status, body, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "frame-ancestors 'none'" });

    const asset = STATIC[url.pathname];
    if (!asset && !STORE.test(url.pathname) && !url.pathname.startsWith('/_admin/')) return false;
    if (req.method !== 'GET' && req.method !== 'HEAD') return send(405, 'GET only', { Allow: 'GET, HEAD', 'Content-Type': 'text/plain' });
    if (asset) return send(200, readFileSync(new URL(asset.file, import.meta.url), 'utf8'), { 'Content-Type': asset.type, 'Access-Control-Allow-Origin': '*' });

    const page = APP_PAGE.exec(url.pathname);
    if (!page) {
      const store = STORE.exec(url.pathname);
      if (store) {
        // This Admin has one page of its own: the app. What else the real one has is not simulated.
        return store[2] === undefined || store[2] === '/'
          ? send(302, '', { Location: `/store/${store[1]}/apps/calibrate` })
          : html(404, '<!doctype html><title>Simulated Admin</title><p>The simulated Admin has no page at this address.</p>');
      }
      return adminData(url);
    }

    const shop = `${page[1]}.myshopify.com`;
    const state = options.shopState(shop);
    const member = staffMember(url.searchParams.get('user'));
    if (!state) return html(404, '<!doctype html><title>Simulated Admin</title><p>There is no such store in this simulator.</p>');
    if (!member) return html(404, '<!doctype html><title>Simulated Admin</title><p>There is no such staff member in this store.</p>');
    return html(
      200,
      adminPage({
        origin: options.origin,
        appUrl: options.appUrl,
        shop,
        shopName: state.name,
        shops: options.listShops(),
        member,
        frameUrl: await frameUrl(page[1]!, shop, member.id, page[2] ?? '/', url.searchParams),
      }),
    );

    async function adminData(at: URL): Promise<boolean> {
      const asked = at.searchParams.get('shop') ?? '';
      const found = options.shopState(asked);
      const user = staffMember(at.searchParams.get('user'));
      if (!found || !user) return json(404, { error: 'no such store or staff member' });
      if (at.pathname === '/_admin/id-token') return json(200, { token: await options.mintSessionToken(asked, user.id) });
      if (at.pathname === '/_admin/products') return json(200, { products: found.searchProducts(at.searchParams.get('query') ?? '', PICKER_LIMIT) });
      return json(404, { error: 'no such thing' });
    }
  };

  /** The address Shopify would put into the frame: what was asked for, and who asks, signed. */
  async function frameUrl(store: string, shop: string, userId: string, path: string, asked: URLSearchParams): Promise<string> {
    const query: Record<string, string> = Object.fromEntries([...asked].filter(([name]) => name !== 'user' && name !== 'hmac'));
    Object.assign(query, {
      embedded: '1',
      // Shopify's `host` is the Admin's address of the store in base64, without padding.
      host: Buffer.from(`admin.shopify.com/store/${store}`).toString('base64').replace(/=+$/, ''),
      id_token: await options.mintSessionToken(shop, userId),
      locale: 'en',
      session: crypto.randomUUID().replaceAll('-', ''),
      shop,
      timestamp: String(Math.floor(Date.now() / 1000)),
    });
    const target = new URL(path, options.appUrl);
    target.search = new URLSearchParams({ ...query, hmac: options.signQuery(query) }).toString();
    return target.href;
  }
}
