import type { CurrencyCode } from '../../../domain/kernel/currency.ts';
import type { Selector } from '../../../domain/rules/rule.ts';
import { selectorSql } from '../selector-sql.ts';
import { catalogTables } from './catalog-query.ts';
import { cursorPages } from './rows.ts';
import type { Sql } from './rows.ts';

/** Columns as `eachPacked` reads them; under a campaign a rule sees the baseline, as `factsOfRow` has it. */
const PACKED = ['v.price', 'coalesce(v.baseline_price, v.price)', 'case when v.baseline_price is null then v.compare_at else v.baseline_compare_at end', 'v.cost', 'v.map_price']
  .map((column) => `int8send(coalesce(${column}, -1))`).join(' || ');

/**
 * Amounts of all selected variants in sixteen parts, in no order. The database puts them together in memory that it is given for
 * this transaction: spilled to disk they would cost what they save.
 */
export async function* packedAmounts(sql: Sql, selector: Selector, currency: CurrencyCode): AsyncIterable<Uint8Array> {
  const where = selectorSql(selector, currency, 1);
  await sql.query(`set local work_mem = '64MB'`);
  const pages = cursorPages<{ amounts: Uint8Array }>(sql, 'packed_amounts',
    `select string_agg(${PACKED}, '') as amounts from ${catalogTables} where v.active and p.active and ${where.text} group by hashint8(v.ref) & 15`, where.params, 1);
  for await (const page of pages) for (const { amounts } of page) yield amounts;
}
