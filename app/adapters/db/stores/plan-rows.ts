import type { PlanRow } from '../../../domain/pricing/change.ts';
import { arrayLiteral } from './rows.ts';
import type { Sql } from './rows.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly of: (row: PlanRow) => string | number | bigint | null | undefined;
  /** Numbers, ids and codes go into an array as they are; `text` is anything that a merchant may have written. */
  readonly kind: 'plain' | 'text';
}

const column = (name: string, type: string, of: Column['of'], kind: Column['kind'] = 'plain'): Column => ({ name, type, of, kind });

const PLAN: readonly Column[] = [
  column('id', 'uuid', (row) => row.id),
  column('position', 'int', (row) => row.position),
  column('variant_id', 'uuid', (row) => row.variantId),
  column('product_id', 'uuid', (row) => row.productId),
  column('variant_ref', 'bigint', (row) => row.variantRef),
  column('product_ref', 'bigint', (row) => row.productRef),
  column('sku', 'text', (row) => row.sku, 'text'),
  column('title', 'text', (row) => row.title, 'text'),
  column('outcome', 'text', (row) => row.outcome),
  column('reason', 'text', (row) => row.reason),
  column('before_price', 'bigint', (row) => row.beforePrice),
  column('before_compare_at', 'bigint', (row) => row.beforeCompareAt),
  column('after_price', 'bigint', (row) => row.afterPrice),
  column('after_compare_at', 'bigint', (row) => row.afterCompareAt),
  column('baseline_price', 'bigint', (row) => row.baselinePrice),
  column('baseline_compare_at', 'bigint', (row) => row.baselineCompareAt),
  column('layer_id', 'uuid', (row) => row.layerId),
  column('source', 'text', (row) => row.source),
  column('policy_version', 'int', (row) => row.policyVersion),
  column('cost', 'bigint', (row) => row.cost),
  column('source_item_id', 'uuid', (row) => row.sourceItemId),
  column('before_origin', 'text', (row) => row.beforeOrigin),
  column('after_origin', 'text', (row) => row.afterOrigin),
];

const NAMES = PLAN.map(({ name }) => name).join(', ');
/** Between traces: JSON has it only escaped. */
const BETWEEN = '\u0001';

/**
 * One statement a batch: unnest works under RLS and is faster here than COPY into a temporary table and from there. Each array costs the
 * database as much as a column of the table, so what is the same in all rows of the batch, about half of it, is sent once. The traces,
 * the bulk of it, need no escaping at all as one text that is split again (unnest fills up with NULL where that gives fewer rows).
 */
export async function insertPlanRows(sql: Sql, tenantId: string, changeId: string, rows: readonly PlanRow[]): Promise<void> {
  if (rows.length === 0) return;
  const params: unknown[] = [tenantId, changeId, rows.map(({ trace }) => trace ?? '').join(BETWEEN)];
  const arrays: string[] = [`string_to_array($3::text, '${BETWEEN}', '')`];
  const given: string[] = ['trace'];
  /** The column in the list of what is selected. */
  const put = ({ name, type, of, kind }: Column): string => {
    const values = rows.map(of);
    // There must be one array as long as the batch, and no two places are the same.
    const one = name !== 'position' && same(values);
    params.push(one ? (values[0] ?? null) : kind === 'text' ? textArray(values as string[]) : plainArray(values));
    if (one) return `$${params.length}::${type}`;
    arrays.push(`$${params.length}::${type}[]`);
    given.push(name);
    return `t.${name}`;
  };
  const selected = PLAN.map(put);
  const outcome = selected[PLAN.findIndex(({ name }) => name === 'outcome')]!;
  const warnings = put(WARNINGS);
  await sql.query(
    `insert into price_change_items (tenant_id, change_id, warnings, state, trace, ${NAMES})
     select $1, $2, case when ${warnings} = '' then '{}' else string_to_array(${warnings}, ',') end, ${outcome}, t.trace, ${selected.join(', ')}
       from unnest(${arrays.join(', ')}) as t(${given.join(', ')})`, params);
}

const WARNINGS = column('warnings', 'text', (row) => (row.warnings.length === 0 ? '' : row.warnings.join(',')), 'text');

function same(values: readonly unknown[]): boolean {
  const first = values[0] ?? null;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? null) !== first) return false;
  return true;
}

function plainArray(values: readonly unknown[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** Texts are never null here. Those that need escaping are few, and one look at all of them tells whether there are any. */
function textArray(values: readonly string[]): string {
  const all = values.join('');
  return all.includes('"') || all.includes('\\') ? arrayLiteral(values) : `{"${values.join('","')}"}`;
}
