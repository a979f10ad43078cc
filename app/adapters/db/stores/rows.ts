import type { QueryResultRow } from 'pg';

/** What a store needs of a tenant's transaction. */
export interface Sql {
  /** A statement with a name is planned once a connection, for what is run all the time and takes longer to plan than to run; one name, one text. */
  query<R extends QueryResultRow>(text: string, params?: readonly unknown[], name?: string): Promise<{ rows: R[]; rowCount: number | null }>;
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
  return named<T>([row])[0]!;
}

/** The names are looked up once for a result, not once for a row; where the query already gave the ports' names, the rows stay. */
function named<T>(rows: QueryResultRow[]): T[] {
  const columns = Object.keys(rows[0] ?? {});
  const names = columns.map(camel);
  if (names.every((name, index) => name === columns[index])) return rows as T[];
  return rows.map((row) => {
    const result: Record<string, unknown> = {};
    for (let i = 0; i < columns.length; i++) result[names[i]!] = row[columns[i]!];
    return result as T;
  });
}

export async function many<T>(sql: Sql, text: string, params: readonly unknown[] = [], name?: string): Promise<T[]> {
  return named<T>((await sql.query(text, params, name)).rows);
}

export async function one<T>(sql: Sql, text: string, params: readonly unknown[] = []): Promise<T | null> {
  const { rows } = await sql.query(text, params);
  return rows[0] ? fromRow<T>(rows[0]) : null;
}

export async function affected(sql: Sql, text: string, params: readonly unknown[] = []): Promise<number> {
  return (await sql.query(text, params)).rowCount ?? 0;
}

/** Pages of a query through a server-side cursor of the surrounding transaction: flat memory at any size. */
export async function* cursorPages<T>(sql: Sql, name: string, text: string, params: readonly unknown[], batchSize: number): AsyncIterable<readonly T[]> {
  await sql.query(`declare ${name} no scroll cursor for ${text}`, params);
  try {
    for (;;) {
      const rows = await many<T>(sql, `fetch ${batchSize} from ${name}`);
      if (rows.length === 0) return;
      yield rows;
    }
  } finally {
    await sql.query(`close ${name}`).catch(() => undefined);
  }
}

/** JSON for a jsonb column; bigint as a decimal string, since JSON numbers would lose digits. */
export function json(value: unknown): string {
  try {
    // Looking at each part costs several times what writing it does, and few values have a bigint, which is refused here.
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
  }
}

const PLAIN = /^[\w-]+$/;

/** An array as PostgreSQL reads it. Made here because the driver quotes and escapes every number and id, which is most of the cost of a large one. */
export function arrayLiteral(values: readonly unknown[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ',';
    const value = values[i];
    if (value === null || value === undefined) text += 'NULL';
    else if (typeof value !== 'string') text += String(value as number | bigint);
    else if (PLAIN.test(value) && value.toUpperCase() !== 'NULL') text += value;
    else text += `"${value.replace(/[\\"]/g, '\\$&')}"`;
  }
  return `${text}}`;
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
