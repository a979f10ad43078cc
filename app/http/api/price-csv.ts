import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatMinorUnits } from '../../domain/kernel/money.ts';
import type { PastPrice, RestoreRow } from '../../ports/price-history.ts';
import { fromDomain, problemResponse } from '../problem.ts';
import { csvLine, download, exactCsvLine, streamed } from './csv.ts';
import type { Call, Operation } from './handle-api.ts';

const PAST_HEADER = ['sku', 'handle', 'product', 'variant', 'variant id', 'price', 'compare-at', 'currency', 'price since', 'source', 'known since', 'in the shop now'];

function pastLine(row: PastPrice): string {
  const money = (minor: bigint | null): string | null => (minor === null || row.currencyCode === null ? null : formatMinorUnits(minor, row.currencyCode as CurrencyCode));
  return csvLine([row.sku, row.handle, row.productTitle, row.title, `gid://shopify/ProductVariant/${row.variantRef}`, money(row.price), money(row.compareAt), row.currencyCode,
    row.validFrom?.toISOString() ?? null, row.source, row.knownSince?.toISOString() ?? null, row.active ? 'yes' : 'no']);
}

/** What asks may have a clock that goes a little ahead of ours. */
const CLOCKS_APART_MS = 300_000;

/** The whole catalog with the prices of a time; a price that is not known is blank, beside since when it is. A time to come has no prices yet. */
export const pastPricesCsv: Operation = async ({ container, ctx, query, request }: Call) => {
  const at = query.at ? new Date(query.at) : ctx.now();
  if (at.getTime() > ctx.now().getTime() + CLOCKS_APART_MS) {
    const message = 'This time is still to come; prices are known up to now.';
    return problemResponse({ status: 422, code: 'at_in_future', detail: message, errors: [{ pointer: '/query/at', code: 'at_in_future', message }] }, request, ctx.requestId);
  }
  return download(`prices-${at.toISOString().slice(0, 10)}.csv`, streamed(async (write) => {
    await write(csvLine(PAST_HEADER));
    await container.flows.exportPastPrices(ctx, { at }, (rows) => write(rows.map(pastLine).join('')));
  }));
};

/** Columns of Shopify's product CSV that an update of prices needs: a product is found by its handle, a variant by its option values. */
const RESTORE_HEADER = ['Handle', 'Title', 'Option1 Name', 'Option1 Value', 'Option2 Name', 'Option2 Value', 'Option3 Name', 'Option3 Value', 'Variant SKU', 'Variant Price', 'Variant Compare At Price'];

/** Title and option names stand in the first row of a product alone, as in Shopify's own exports. */
function restoreLine(row: RestoreRow, first: boolean, currency: CurrencyCode): string {
  const named = row.optionNames.length > 0 ? row.optionNames : Object.keys(row.options);
  const options = named.length > 0 ? named.map((name) => [name, row.options[name] ?? ''] as const) : [['Title', 'Default Title'] as const];
  const cells = [0, 1, 2].flatMap((i) => [first ? (options[i]?.[0] ?? '') : '', options[i]?.[1] ?? '']);
  return exactCsvLine([row.handle, first ? row.productTitle : '', ...cells, row.sku, formatMinorUnits(row.beforePrice, currency), row.beforeCompareAt === null ? '' : formatMinorUnits(row.beforeCompareAt, currency)]);
}

/** The prices from before a change as a file that Shopify's product import takes, so that they can be put back without us. */
export const restoreCsv: Operation = async ({ container, ctx, params, request }: Call) => {
  const ready = await container.flows.checkRestoreFile(ctx, { id: params.id! });
  if (!ready.ok) return problemResponse(fromDomain(ready.error), request, ctx.requestId);
  return download(`previous-prices-${params.id}.csv`, streamed(async (write) => {
    await write(exactCsvLine(RESTORE_HEADER));
    let handle: string | null = null;
    await container.flows.exportRestoreFile(ctx, { id: params.id! }, async (rows, currency) => {
      let text = '';
      for (const row of rows) {
        text += restoreLine(row, row.handle !== handle, currency as CurrencyCode);
        handle = row.handle;
      }
      await write(text);
    });
  }));
};
