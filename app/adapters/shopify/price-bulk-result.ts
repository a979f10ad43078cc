import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { BulkLine, LineVerdict } from '../../ports/bulk-write.ts';
import { readLines } from './export-reader.ts';
import { failureOf } from './failures.ts';
import type { GraphqlError } from './failures.ts';
import { UnexpectedAnswer } from './gid.ts';
import { judge } from './price-verdicts.ts';
import type { WritePayload } from './price-verdicts.ts';
import type { Json } from './records.ts';

/**
 * The result of a bulk mutation: JSONL, one line for each line that was uploaded, in any order, each with `__lineNumber` (from 0) and
 * what the call alone would have answered. A line that cannot be understood leaves its rows in doubt; one that cannot be read at all
 * throws ExportUnreadable.
 */
export async function* resultLines(chunks: AsyncIterable<Uint8Array>, lines: readonly BulkLine[], currency: CurrencyCode): AsyncGenerator<LineVerdict> {
  for await (const told of readLines(chunks, (node) => verdictOf(node, lines, currency))) yield* told;
}

function verdictOf(node: Json, lines: readonly BulkLine[], currency: CurrencyCode): LineVerdict {
  const line = node.__lineNumber;
  const sent = typeof line === 'number' ? lines[line] : undefined;
  if (typeof line !== 'number' || !sent) throw new UnexpectedAnswer(`line ${JSON.stringify(line)} was never sent`);
  const errors = Array.isArray(node.errors) ? (node.errors as GraphqlError[]) : [];
  if (errors.length > 0) return { line, ok: false, failure: failureOf({ isWrite: true, requestId: null, status: 200, errors }) };
  const payload = (node.data as { productVariantsBulkUpdate?: unknown } | null | undefined)?.productVariantsBulkUpdate;
  const inDoubt = (detail: string): LineVerdict => ({ line, ok: false, failure: { kind: 'unknown', detail } });
  if (!isPayload(payload)) return inDoubt('The result of the bulk operation says nothing of this product');
  try {
    return { line, ok: true, verdicts: judge(payload, sent.rows, currency).verdicts };
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error;
    return inDoubt(`The result of the bulk operation cannot be used: ${error.message}`);
  }
}

function isPayload(payload: unknown): payload is WritePayload {
  if (payload === null || typeof payload !== 'object') return false;
  const { productVariants, userErrors } = payload as { productVariants?: unknown; userErrors?: unknown };
  return Array.isArray(userErrors) && (productVariants === null || productVariants === undefined || Array.isArray(productVariants));
}
