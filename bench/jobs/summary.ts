import { selectorSql } from '../../app/adapters/db/selector-sql.ts';
import { sampleRule } from '../../app/flows/manage-rules/sample-rule.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { EVALUATE_RULE, PLAN_RULE } from '../made-catalog.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';
import { must } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';

/** What a rule would do to the whole catalog in numbers, and to its first 20 rows in full, against counting the rows it selects. */
export async function benchSummary(db: BenchDatabase, { rows, tenant }: Shop): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, rule] of [['summary, all rows', PLAN_RULE], ['summary, some rows', EVALUATE_RULE]] as const) {
    const where = selectorSql(rule.selector, 'USD', 1);
    lines.push(await compare(
      { name, rows, goal: 1.3 },
      { work: async () => must(await sampleRule(db, db.contextOf(tenant), { rule, limit: 20 })) },
      { work: () => db.tenancy.withTenant(tenant, (sql) => sql.query(
        `select count(*) from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id where v.active and p.active and ${where.text}`, where.params)) },
    ));
  }
  return lines;
}
