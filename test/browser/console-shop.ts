/** A shop of its own for a browser test: made in the simulator with a catalog that the test knows, not yet synced. */
const HEADER = 'Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Cost per item,Status';

export interface TruthRow {
  readonly id: string;
  readonly sku: string;
  readonly price: string;
  readonly compareAtPrice: string | null;
}

export interface ConsoleShop {
  readonly adminUrl: string;
  /** The shop's own variants, by SKU. */
  truth(): Promise<ReadonlyMap<string, TruthRow>>;
  /** A merchant's own edit in the store. */
  edit(sku: string, price: string): Promise<void>;
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>;
  clearFaults(): Promise<void>;
}

/** 60 mugs at 24.00 (cost 9.50), 4 lamps at 80.00 on sale from 100.00, 2 rugs at 150.00 without cost, of which one is a draft. */
function catalog(): string {
  const rows = [HEADER];
  for (let n = 1; n <= 60; n += 1) {
    const no = String(n).padStart(2, '0');
    rows.push(`mug-${no},Trail Mug ${no},Northfell,Mugs,"camp, kitchen",TRUE,Title,Default Title,MUG-${no},${n},24.00,,9.50,active`);
  }
  for (const [n, colour] of ['Amber', 'Blue', 'Clear', 'Dusk'].entries()) {
    rows.push(`lamp,${n === 0 ? 'Harbour Lamp' : ''},${n === 0 ? 'Solvik' : ''},${n === 0 ? 'Lamps' : ''},${n === 0 ? 'home' : ''},TRUE,Colour,${colour},LAMP-${n + 1},7,80.00,100.00,40.00,${n === 0 ? 'active' : ''}`);
  }
  rows.push('rug,Wool Rug,Solvik,Rugs,home,TRUE,Title,Default Title,RUG-1,3,150.00,,,active');
  rows.push('rug-draft,Sheepskin Rug,Solvik,Rugs,home,FALSE,Title,Default Title,RUG-2,2,150.00,,,draft');
  return `${rows.join('\n')}\n`;
}

/** Makes the shop beside the one whose Admin address is given. */
export async function makeConsoleShop(demoAdminUrl: string, name: string): Promise<ConsoleShop> {
  const { origin } = new URL(demoAdminUrl);
  const shop = `${name}.myshopify.com`;
  const control = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${origin}/_sim${path}`, { method, headers: { 'Content-Type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const truth = async () => {
    const rows = new Map<string, TruthRow>();
    for (let cursor = ''; ; ) {
      const page = (await (await control('GET', `/shops/${shop}/variants?limit=100&cursor=${encodeURIComponent(cursor)}`)).json()) as { data: TruthRow[]; nextCursor: string | null };
      for (const row of page.data) rows.set(row.sku, row);
      if (page.nextCursor === null) return rows;
      cursor = page.nextCursor;
    }
  };
  await control('POST', '/shops', { shop, currencyCode: 'USD', csv: catalog() });
  return {
    adminUrl: `${origin}/store/${name}/apps/calibrate`,
    truth,
    edit: async (sku, price) => {
      const row = (await truth()).get(sku);
      if (!row) throw new Error(`no ${sku}`);
      await control('POST', `/shops/${shop}/variants/${row.id.split('/').at(-1)}`, { price });
    },
    fault: async (fault) => void (await control('POST', `/shops/${shop}/faults`, fault)),
    clearFaults: async () => void (await control('DELETE', `/shops/${shop}/faults`)),
  };
}
