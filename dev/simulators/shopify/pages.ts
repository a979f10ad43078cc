/** Connects the pages of the simulated Admin with the simulator's state. */
import { adminRoutes } from './admin/routes.ts';
import type { AdminRoutes, PickerProduct } from './admin/routes.ts';
import type { Product } from './catalog.ts';
import { gid } from './gid.ts';
import { formatMoney } from './money.ts';
import { mintSessionToken, signQuery } from './session-token.ts';
import type { Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';

export function adminPages(sim: Simulator): AdminRoutes {
  return adminRoutes({
    origin: sim.origin,
    appUrl: sim.config.appUrl,
    listShops: () => [...sim.shops.keys()],
    shopState: (domain) => {
      const shop = sim.shops.get(domain);
      return shop && { name: shop.name, searchProducts: (query, limit) => searchProducts(shop, query, limit) };
    },
    mintSessionToken: (shop, user) => mintSessionToken(sim.config, shop, { user, now: sim.clock.now() }),
    signQuery: (query) => signQuery(query, sim.config.apiSecret),
  });
}

function searchProducts(shop: Shop, query: string, limit: number): PickerProduct[] {
  const wanted = query.toLowerCase();
  const found: PickerProduct[] = [];
  for (const product of shop.catalog.products) {
    if (found.length >= limit) break;
    if (product.title.toLowerCase().includes(wanted)) found.push(pickerProduct(shop, product));
  }
  return found;
}

function pickerProduct(shop: Shop, product: Product): PickerProduct {
  return {
    id: gid('Product', product.id), title: product.title, handle: product.handle, vendor: product.vendor, productType: product.productType,
    status: product.status, totalVariants: product.variants.length,
    variants: product.variants.map((variant) => ({
      id: gid('ProductVariant', variant.id), title: variant.title, sku: variant.sku ?? '', price: formatMoney(variant.price, shop.decimals),
    })),
  };
}
