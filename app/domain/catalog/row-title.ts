/** How a variant is called in a list: Shopify gives the only variant of a product the name "Default Title". */
export function rowTitle(row: { readonly productTitle: string; readonly title: string }): string {
  return row.title === 'Default Title' ? row.productTitle : `${row.productTitle} – ${row.title}`;
}
