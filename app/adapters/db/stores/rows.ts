import type { QueryResultRow } from 'pg';

/** What a store needs of a tenant's transaction. */
export interface Sql {
  query<R extends QueryResultRow>(text: string, params?: readonly unknown[]): Promise<{ rows: R[]; rowCount: number | null }>;
}

const names = new Map<string, string>();
function camel(column: string): string {
  let name = names.get(column);
  if (name === undefined) {
    name = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    names.set(column, name);
  }
  return name;
}

/** A database row with its columns named as the ports name them. */
export function fromRow<T>(row: QueryResultRow): T {
  const named: Record<string, unknown> = {};
  for (const column in row) named[camel(column)] = row[column];
  return named as T;
}

export async function many<T>(sql: Sql, text: string, params: readonly unknown[] = []): Promise<T[]> {
  return (await sql.query(text, params)).rows.map((row) => fromRow<T>(row));
}

export async function one<T>(sql: Sql, text: string, params: readonly unknown[] = []): Promise<T | null> {
  const { rows } = await sql.query(text, params);
  return rows[0] ? fromRow<T>(rows[0]) : null;
}

export async function affected(sql: Sql, text: string, params: readonly unknown[] = []): Promise<number> {
  return (await sql.query(text, params)).rowCount ?? 0;
}

/** JSON for a jsonb column; bigint as a decimal string, since JSON numbers would lose digits. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
}

/** `set a = $2, b = $3` for the facts that are given; column names come from our own code, never from input. */
export function assignments(facts: Readonly<Record<string, unknown>>, firstParam: number, jsonColumns: ReadonlySet<string> = new Set()): { text: string; params: unknown[] } {
  const parts: string[] = [];
  const params: unknown[] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue;
    const column = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    params.push(jsonColumns.has(column) && value !== null ? json(value) : value);
    parts.push(`${column} = $${firstParam + params.length - 1}`);
  }
  return { text: parts.join(', '), params };
}
