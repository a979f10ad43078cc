/**
 * Who may put our pages into a frame: the shop's own Admin and nobody else. Shopify asks that the list is made per request
 * and holds exactly the shop and admin.shopify.com; the SDK's own list also lets Shopify's development hosts in.
 */
const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/;

/** The shop that a page is for: the one its session token is of, as Shopify Admin opens pages; the `shop` parameter where there is none. */
function shopOf(url: URL): string {
  const token = url.searchParams.get('id_token');
  if (token === null) return url.searchParams.get('shop')?.toLowerCase() ?? '';
  try {
    // Not verified here: a token that nobody vouches for gets no page that is worth a frame.
    const { dest } = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0)))) as { dest?: unknown };
    return String(dest).replace('https://', '').toLowerCase();
  } catch {
    return '';
  }
}

/** Value of the Content-Security-Policy header for a page asked for at `url`. */
export function framePolicy(url: URL): string {
  const shop = shopOf(url);
  const ancestors = SHOP_DOMAIN.test(shop) ? [`https://${shop}`, 'https://admin.shopify.com'] : ['https://admin.shopify.com'];
  return `frame-ancestors ${ancestors.join(' ')};`;
}

/** Sets the frame policy on an answer, in place of any that is there. */
export function applyFramePolicy(request: Request, headers: Headers): void {
  headers.set('Content-Security-Policy', framePolicy(new URL(request.url)));
}
