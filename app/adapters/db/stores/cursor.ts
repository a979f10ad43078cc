import { createHash } from 'node:crypto';
import { RefusedCursor } from '../../../domain/kernel/refused-cursor.ts';

/**
 * A place in a sorted list: which list, sorted and filtered how, and the sort key and id of the last row that was given out.
 * Opaque to callers.
 */
export type CursorPart = string | number | null;

/** What a part of a place must look like, so that nothing reaches the database that it cannot read. */
export type PartKind = 'text' | 'integer' | 'time' | 'uuid';

const FITS: Readonly<Record<PartKind, (part: unknown) => boolean>> = {
  text: (part) => typeof part === 'string' && !part.includes('\0'),
  integer: (part) => typeof part === 'number' ? Number.isSafeInteger(part) : typeof part === 'string' && /^-?\d{1,18}$/.test(part),
  time: (part) => typeof part === 'string' && /^\d{4}-\d\d-\d\dT/.test(part) && !Number.isNaN(Date.parse(part)),
  uuid: (part) => typeof part === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part),
};

/** A list with its filter and its order, to which a cursor belongs. */
export interface ListScope {
  readonly list: string;
  readonly filter: object;
  readonly parts: readonly PartKind[];
}

/** The same filter gives the same text, in whatever order its members were given. */
function scopeTag({ list, filter }: ListScope): string {
  const members = Object.entries(filter).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([list, members], (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  return createHash('sha256').update(text).digest('base64url').slice(0, 10);
}

export function encodeCursor(scope: ListScope, parts: readonly (CursorPart | bigint | Date)[]): string {
  const plain = parts.map((part) => (typeof part === 'bigint' ? part.toString() : part instanceof Date ? part.toISOString() : part));
  return Buffer.from(JSON.stringify([scopeTag(scope), ...plain])).toString('base64url');
}

/** The place that a cursor names, or null where none is given. Throws RefusedCursor for one that is not ours, or of another list. */
export function decodeCursor(cursor: string | null, scope: ListScope): CursorPart[] | null {
  if (cursor === null || cursor === '') return null;
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw new RefusedCursor();
  }
  if (!Array.isArray(read) || read[0] !== scopeTag(scope)) throw new RefusedCursor();
  const parts = read.slice(1) as unknown[];
  if (parts.length !== scope.parts.length || !parts.every((part, index) => FITS[scope.parts[index]!](part))) throw new RefusedCursor();
  return parts as CursorPart[];
}

/** Cuts the one row too many that told us whether there is a next page. */
export function page<T>(rows: readonly T[], limit: number, scope: ListScope, key: (row: T) => readonly (CursorPart | bigint | Date)[]): { data: readonly T[]; nextCursor: string | null } {
  if (rows.length <= limit) return { data: rows, nextCursor: null };
  const data = rows.slice(0, limit);
  return { data, nextCursor: encodeCursor(scope, key(data[data.length - 1] as T)) };
}
