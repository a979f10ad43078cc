/** A column as the Prisma schema declares it. `type` is Prisma's (String, BigInt, DateTime …), `native` its `@db.` type. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly list: boolean;
  readonly native: string | null;
}

/** Tables by their names in the database, each with its columns by theirs. */
export type Tables = ReadonlyMap<string, ReadonlyMap<string, Column>>;

const SCALARS = new Set(['String', 'Boolean', 'Int', 'BigInt', 'Float', 'Decimal', 'DateTime', 'Json', 'Bytes']);

/** Reads models out of the text of a Prisma schema; relations are left out, they are no columns. */
export function parsePrismaModels(source: string): Tables {
  const tables = new Map<string, Map<string, Column>>();
  for (const model of source.matchAll(/^model\s+(\w+)\s*\{([\s\S]*?)^\}/gm)) {
    const columns = new Map<string, Column>();
    let table = model[1]!;
    for (const line of model[2]!.split('\n')) {
      const text = line.replace(/\/\/.*$/, '').trim();
      const mapped = /^@@map\("([^"]+)"\)/.exec(text);
      if (mapped) table = mapped[1]!;
      const field = /^(\w+)\s+(\w+)(\[\])?(\?)?(?:\s|$)/.exec(text);
      if (!field || !SCALARS.has(field[2]!)) continue;
      const name = /\s@map\("([^"]+)"\)/.exec(text)?.[1] ?? field[1]!;
      columns.set(name, { name, type: field[2]!, list: field[3] !== undefined, nullable: field[4] !== undefined, native: /@db\.(\w+)/.exec(text)?.[1] ?? null });
    }
    tables.set(table, columns);
  }
  return tables;
}

/**
 * Lists of allowed values by `table.column`, from the CHECK constraints of the migrations, in their order: a later one on the
 * same column replaces an earlier one. Understood: `check (col in ('a', 'b'))` and `col = any (array['a', 'b'])`, inside
 * `create table` and `alter table`, alone or joined to `col is null or`.
 */
export function parseCheckLists(migrations: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>();
  for (const sql of migrations) {
    const text = sql.replace(/--.*$/gm, '');
    for (const statement of text.split(';')) {
      const table = /\b(?:create|alter)\s+table\s+(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?(?:"?\w+"?\.)?"?(\w+)"?/i.exec(statement)?.[1];
      if (table === undefined) continue;
      for (const check of statement.matchAll(/\bcheck\s*\(/gi)) {
        const body = balanced(statement, check.index + check[0].length - 1);
        const list = /^\(\s*(?:"?\w+"?\s+is\s+null\s+or\s+)?\(?\s*"?(\w+)"?\s*(?:in\s*\(|=\s*any\s*\(\s*array\s*\[)([^)\]]*)[)\]]/i.exec(body);
        if (list) lists.set(`${table}.${list[1]!}`, [...list[2]!.matchAll(/'((?:[^']|'')*)'/g)].map((value) => value[1]!.replaceAll("''", "'")));
      }
    }
  }
  return lists;
}

/** The text from the bracket at `open` to the one that closes it. */
function balanced(text: string, open: number): string {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')' && (depth -= 1) === 0) return text.slice(open, at + 1);
  }
  return text.slice(open);
}
