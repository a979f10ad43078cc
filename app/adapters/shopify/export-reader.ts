import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { SourceRecord } from '../../ports/catalog-source.ts';
import { UnexpectedAnswer, refOf, typeOfGid } from './gid.ts';
import { membershipFrom, productFrom, variantFrom } from './records.ts';
import type { Json } from './records.ts';

/** A bulk export cannot be read. The message says which line, counted from 1, where there is one. */
export class ExportUnreadable extends Error {
  override readonly name = 'ExportUnreadable';
}

/** A product's line is some kilobytes; a line this long is no export of ours. Characters. */
const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * Reads the result of the CatalogExport bulk query: JSONL, a line for each object, children with `__parentId` and
 * anywhere (groupObjects is false). Holds one chunk and one unfinished line at a time. Throws ExportUnreadable.
 */
export async function* readExportLines(chunks: AsyncIterable<Uint8Array>, currency: CurrencyCode): AsyncGenerator<SourceRecord> {
  for await (const records of readLines(chunks, (node) => recordFrom(node, currency))) yield* records;
}

/** What `read` makes of each line of a bulk query's result, as many at a time as a chunk completes. Throws ExportUnreadable. */
export async function* readLines<T>(chunks: AsyncIterable<Uint8Array>, read: (node: Json) => T): AsyncGenerator<T[]> {
  let number = 0;
  for await (const lines of linesOf(chunks)) {
    const found: T[] = [];
    for (const line of lines) {
      number += 1;
      if (line === '') continue;
      try {
        found.push(read(parse(line)));
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer)) throw error;
        throw new ExportUnreadable(`Line ${number} of the export: ${error.message}`);
      }
    }
    yield found;
  }
}

/** Whole lines, as many at a time as a chunk completes; a last line without a line break counts. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
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
    yield lines;
  }
  rest += decode(decoder);
  if (rest !== '') yield [rest];
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch {
    throw new ExportUnreadable('The export is not UTF-8, or ends in the middle of a character');
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
