import type { AuditFilter } from '../../ports/journal.ts';
import { formatMinorUnits } from '../../domain/kernel/money.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import { fromDomain, problemResponse } from '../problem.ts';
import type { Call, Operation } from './handle-api.ts';

/** A field as RFC 4180 wants it. A text that a spreadsheet would run as a formula is made plain text by a leading apostrophe. */
function field(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return quoted(typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

/** A line for a program and not for a spreadsheet: every value exactly as it is. */
export function exactCsvLine(values: readonly string[]): string {
  return `${values.map(quoted).join(',')}\r\n`;
}

const ITEM_HEADER = ['position', 'sku', 'title', 'variant', 'outcome', 'state', 'reason', 'warnings', 'before price', 'before compare-at', 'after price', 'after compare-at', 'live price', 'live compare-at', 'verdict'];

function itemLine(row: ItemRow, currency: CurrencyCode): string {
  const money = (minor: bigint | null): string => (minor === null ? '' : formatMinorUnits(minor, currency));
  return csvLine([row.position, row.sku, row.title, `gid://shopify/ProductVariant/${row.variantRef}`, row.outcome, row.state, row.reason, row.warnings.join(' '),
    money(row.beforePrice), money(row.beforeCompareAt), money(row.afterPrice), money(row.afterCompareAt), money(row.livePrice), money(row.liveCompareAt), row.verdict]);
}

export function download(name: string, body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': `attachment; filename="${name}"`, 'Cache-Control': 'no-store' } });
}

/** Streams what `produce` writes; a reader that goes away ends it. */
export function streamed(produce: (write: (text: string) => Promise<void>) => Promise<void>): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  void produce((text) => writer.write(encoder.encode(text))).then(() => writer.close(), (error: unknown) => writer.abort(error)).catch(() => undefined);
  return readable;
}

/** All rows of a plan, in its order. */
export const itemsCsv: Operation = async ({ container, ctx, params, request }: Call) => {
  const change = await container.flows.getChange(ctx, { id: params.id! });
  if (!change.ok) return problemResponse(fromDomain(change.error), request, ctx.requestId);
  return download(`price-change-${params.id}.csv`, streamed(async (write) => {
    await write(csvLine(ITEM_HEADER));
    await container.flows.exportItems(ctx, { id: params.id! }, (rows, currency) => write(rows.map((row) => itemLine(row, currency as CurrencyCode)).join('')));
  }));
};

/** The audit log as CSV, newest first, page by page. */
export async function auditReport({ container, ctx }: Call, filter: AuditFilter): Promise<Response> {
  return download('audit.csv', streamed(async (write) => {
    await write(csvLine(['seq', 'time', 'actor', 'action', 'entity', 'entity id', 'correlation id', 'request id', 'explain']));
    let cursor: string | null = null;
    do {
      const page = await container.flows.listAudit(ctx, { ...filter, limit: 200, cursor });
      if (!page.ok) return;
      await write(page.value.data.map((row) => csvLine([row.seq, row.createdAt, row.actor, row.action, row.entity, row.entityId, row.correlationId, row.requestId, JSON.stringify(row.explain)])).join(''));
      cursor = page.value.nextCursor;
    } while (cursor !== null);
  }));
}
