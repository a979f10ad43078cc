import { selectorSql } from '../../app/adapters/db/selector-sql.ts';
import { catalogColumns, catalogTables } from '../../app/adapters/db/stores/catalog-query.ts';
import type { BenchDatabase } from '../bench-database.ts';
import type { Selector } from '../../app/domain/rules/rule.ts';
import { EVALUATE_RULE } from '../made-catalog.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';
import { clearPlans, planned } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';

interface Query { readonly name: string; readonly text: (tenants: string) => string; readonly params: readonly unknown[]; readonly runs?: number }

/** Queries as the app sends them, under row-level security, against the same with the tenant written into them and no security. */
export async function benchRowSecurity(db: BenchDatabase, shop: Shop): Promise<Line[]> {
  const { tenant, rows } = shop;
  const change = await planned(db, shop);
  await db.superuser.query('vacuum analyze price_change_items');
  const by = (selector: Selector): ReturnType<typeof selectorSql> => selectorSql(selector, 'USD', 1);
  const where = by(EVALUATE_RULE.selector);
  const tag = by({ field: 'product.tags', op: 'contains', value: 'tag-7' });
  const sku = by({ field: 'variant.sku', op: 'startsWith', value: 'SKU-77' });
  const [variant] = (await db.superuser.query<{ id: string }>('select id from variants where tenant_id = $1 and ref = 7', [tenant])).rows;
  const queries: readonly Query[] = [
    { name: 'count by a rule', text: (and) => `select count(*) from ${catalogTables} where v.active and p.active and ${where.text} ${and}`, params: where.params },
    { name: 'one variant', text: (and) => `select ${catalogColumns} from ${catalogTables} where v.id = $1 ${and}`, params: [variant!.id] },
    // The bare thing finds tags by their array's own index, which row-level security does not let ours use.
    { name: 'tag', text: (and) => `select count(*) from ${catalogTables} where v.active and p.active and ${and === '' ? tag.text : 'p.tag_keys @> array[substr($1::text, 5)]'} ${and}`, params: tag.params },
    { name: 'SKU prefix', text: (and) => `select count(*) from ${catalogTables} where v.active and p.active and ${sku.text} ${and}`, params: sku.params },
    { name: 'page by price', text: (and) => `select ${catalogColumns} from ${catalogTables} where v.active and p.active ${and} order by v.price, v.id limit 51`, params: [] },
    { name: 'page of a plan', text: (and) => `select i.* from price_change_items i where i.change_id = $1 and i.outcome = 'planned' ${and.replace(/ and p\.\S+ = \S+/, '').replace('v.', 'i.')} order by i.position limit 51`, params: [change] },
  ];
  const lines: Line[] = [];
  for (const { name, text, params } of queries) {
    lines.push(await compare(
      { name: `rls ${name}`, rows, goal: 1.15, runs: 15 },
      { work: () => db.tenancy.withTenant(tenant, (sql) => sql.query(text(''), params)) },
      { work: () => withoutSecurity(db, text(`and v.tenant_id = '${tenant}' and p.tenant_id = '${tenant}'`), params) },
    ));
  }
  await clearPlans(db, tenant);
  return lines;
}

/** As many round trips as a tenant's transaction makes. */
async function withoutSecurity({ superuser }: BenchDatabase, text: string, params: readonly unknown[]): Promise<void> {
  const client = await superuser.connect();
  try {
    await client.query(`begin; select set_config('app.tenant_id', '', true)`);
    await client.query(text, params as unknown[]);
    await client.query('commit');
  } finally {
    client.release();
  }
}
