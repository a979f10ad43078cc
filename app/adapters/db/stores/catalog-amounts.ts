import type { PackedAmounts } from '../../../domain/catalog/packed-amounts.ts';
import type { CurrencyCode } from '../../../domain/kernel/currency.ts';
import type { Selector } from '../../../domain/rules/rule.ts';
import { selectorSql } from '../selector-sql.ts';
import { catalogTables } from './catalog-query.ts';
import { many } from './rows.ts';
import type { Sql } from './rows.ts';

/** Rows that are packed in less: nearly all of them. */
const NARROW = 'v.baseline_price is null and v.map_price is null and greatest(v.price, v.compare_at, v.cost) < 2147483648';
const NARROW_PACKED = ['v.price', 'v.compare_at', 'v.cost'].map((column) => `int4send(coalesce(${column}, -1)::int)`).join(' || ');
/** Columns as `eachPacked` reads them; under a campaign a rule sees the baseline, as `factsOfRow` has it. */
const PACKED = ['v.price', 'coalesce(v.baseline_price, v.price)', 'case when v.baseline_price is null then v.compare_at else v.baseline_compare_at end', 'v.cost', 'v.map_price']
  .map((column) => `int8send(coalesce(${column}, -1))`).join(' || ');

// Conditions and not one number: of a condition the planner knows that it has two values, so that it adds up in parallel by a hash
// table instead of sorting the catalog.
const SIXTEEN_PARTS = [1, 2, 4, 8].map((bit) => `(hashint8(v.ref) & ${bit}) = 0`).join(', ');

/**
 * Amounts of all selected variants in up to sixteen parts, in no order; 12 bytes a variant, of few 40. Not by a cursor, for which the database
 * plans nothing in parallel, and in memory that it is given for this transaction.
 */
export async function packedAmounts(sql: Sql, selector: Selector, currency: CurrencyCode): Promise<readonly PackedAmounts[]> {
  const where = selectorSql(selector, currency, 1);
  await sql.query(`set local work_mem = '64MB'`);
  return many<PackedAmounts>(sql,
    `select string_agg(${NARROW_PACKED}, '') filter (where ${NARROW}) as narrow, string_agg(${PACKED}, '') filter (where not (${NARROW})) as wide
       from ${catalogTables} where v.active and p.active and ${where.text} group by ${SIXTEEN_PARTS}`, where.params);
}
