/** A place in a sorted list: the sort key and the id of the last row that was given out. Opaque to callers. */
export type CursorPart = string | number | null;

export function encodeCursor(parts: readonly (CursorPart | bigint | Date)[]): string {
  const plain = parts.map((part) => (typeof part === 'bigint' ? part.toString() : part instanceof Date ? part.toISOString() : part));
  return Buffer.from(JSON.stringify(plain)).toString('base64url');
}

/** The parts of a cursor, or null when it is not one of ours; a list then starts from its beginning. */
export function decodeCursor(cursor: string | null, length: number): CursorPart[] | null {
  if (!cursor) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const fits = Array.isArray(parts) && parts.length === length && parts.every((part) => part === null || typeof part === 'string' || typeof part === 'number');
    return fits ? (parts as CursorPart[]) : null;
  } catch {
    return null;
  }
}

/** Cuts the one row too many that told us whether there is a next page. */
export function page<T>(rows: readonly T[], limit: number, key: (row: T) => readonly (CursorPart | bigint | Date)[]): { data: readonly T[]; nextCursor: string | null } {
  if (rows.length <= limit) return { data: rows, nextCursor: null };
  const data = rows.slice(0, limit);
  return { data, nextCursor: encodeCursor(key(data[data.length - 1] as T)) };
}
