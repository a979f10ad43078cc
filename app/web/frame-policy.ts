/**
 * Who may put our pages into a frame: the shop's own Admin and nobody else. Shopify asks that the list is made per request
 * and holds exactly the shop and admin.shopify.com; the SDK's own list also lets Shopify's development hosts in.
 */
const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/;

/** Value of the Content-Security-Policy header for a page asked for at `url` (its `shop` parameter names the shop). */
export function framePolicy(url: URL): string {
  const shop = url.searchParams.get('shop')?.toLowerCase() ?? '';
  const ancestors = SHOP_DOMAIN.test(shop) ? [`https://${shop}`, 'https://admin.shopify.com'] : ['https://admin.shopify.com'];
  return `frame-ancestors ${ancestors.join(' ')};`;
}

/** Sets the frame policy on an answer, in place of any that is there. */
export function applyFramePolicy(request: Request, headers: Headers): void {
  headers.set('Content-Security-Policy', framePolicy(new URL(request.url)));
}
