import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ExportUnreadable } from '../../ports/catalog-source.ts';
import type { SourceRecord } from '../../ports/catalog-source.ts';
import { UnexpectedAnswer, refOf, typeOfGid } from './gid.ts';
import { membershipFrom, productFrom, variantFrom } from './records.ts';
import type { Json } from './records.ts';

/** A product's line is some kilobytes; a line this long is no export of ours. Characters. */
const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * Reads the result of the CatalogExport bulk query: JSONL, a line for each object, children with `__parentId` and
 * anywhere (groupObjects is false), as many at a time as a chunk completes. The first `skip` records are passed over unread. Holds one
 * chunk and one unfinished line at a time. Throws ExportUnreadable.
 */
export function readExportLines(chunks: AsyncIterable<Uint8Array>, currency: CurrencyCode, skip = 0): AsyncGenerator<SourceRecord[]> {
  return readLines(chunks, (node) => recordFrom(node, currency), skip);
}

/** What `read` makes of each line of a bulk query's result after the first `skip`, as many at a time as a chunk completes. Throws ExportUnreadable. */
export async function* readLines<T>(chunks: AsyncIterable<Uint8Array>, read: (node: Json) => T, skip = 0): AsyncGenerator<T[]> {
  let number = 0;
  let toSkip = skip;
  for await (const { lines, whole } of linesOf(chunks)) {
    const found: T[] = [];
    for (const line of lines) {
      number += 1;
      if (line === '') continue;
      if (toSkip > 0) {
        toSkip -= 1;
        continue;
      }
      try {
        found.push(read(parse(line)));
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer)) throw error;
        // What precedes it can be kept, and need not be read again.
        if (found.length) yield found;
        throw new ExportUnreadable(`Line ${number} of the export: ${error.message}`, whole ? 'malformed' : 'broken');
      }
    }
    if (found.length) yield found;
  }
}

/** Lines, as many at a time as a chunk completes; a last line without a line break counts, and may be one that was cut off. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ lines: string[]; whole: boolean }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    rest += decode(decoder, chunk);
    const end = rest.lastIndexOf('\n');
    if (end < 0) {
      if (rest.length > LONGEST_LINE) throw new ExportUnreadable(`The export has a line of more than ${LONGEST_LINE} characters`);
      continue;
    }
    const lines = rest.slice(0, end).split('\n');
    rest = rest.slice(end + 1);
    yield { lines, whole: true };
  }
  rest += decode(decoder);
  if (rest !== '') yield { lines: [rest], whole: false };
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch {
    throw new ExportUnreadable('The export is not UTF-8, or ends in the middle of a character', chunk ? 'malformed' : 'broken');
  }
}

function parse(line: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UnexpectedAnswer(`not JSON, or cut off: ${line.slice(0, 80)}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new UnexpectedAnswer('not an object');
  return value as Json;
}

function recordFrom(node: Json, currency: CurrencyCode): SourceRecord {
  const type = typeOfGid(node.id);
  switch (type) {
    case 'Product':
      return productFrom(node);
    case 'ProductVariant':
      return variantFrom(node, refOf(node.__parentId, 'Product'), currency);
    case 'Collection':
      return membershipFrom(node, refOf(node.__parentId, 'Product'));
    default:
      throw new UnexpectedAnswer(`a ${type} was never asked for`);
  }
}
