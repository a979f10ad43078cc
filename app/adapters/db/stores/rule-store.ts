import type { RuleRow, RuleStore } from '../../../ports/rule-store.ts';
import { decodeCursor, page } from './cursor.ts';
import type { ListScope } from './cursor.ts';
import { affected, json, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

const columns = 'id, type, name, rule_json, version, enabled, created_by, created_at, updated_at';

const RULES: ListScope = { list: 'rules', filter: {}, parts: ['time', 'uuid'] };

export function ruleStore(sql: Sql, tenantId: string): RuleStore {
  async function addVersion(row: { id: string; version: number; name: string; ruleJson: unknown; by: string; now: Date }): Promise<void> {
    await sql.query(
      'insert into discount_policy_versions (tenant_id, policy_id, version, name, rule_json, created_by, created_at) values ($1,$2,$3,$4,$5,$6,$7)',
      [tenantId, row.id, row.version, row.name, json(row.ruleJson), row.by, row.now],
    );
  }
  return {
    async list({ limit, cursor }) {
      const after = decodeCursor(cursor, RULES);
      const rows = await many<RuleRow>(sql,
        `select ${columns} from discount_policies
          where type = 'rule' and deleted_at is null and ($1::timestamptz is null or (updated_at, id) < ($1, $2::uuid))
          order by updated_at desc, id desc limit $3`,
        [after?.[0] ?? null, after?.[1] ?? null, limit + 1]);
      return page(rows, limit, RULES, (row) => [row.updatedAt, row.id]);
    },
    get: (id) => one<RuleRow>(sql, `select ${columns} from discount_policies where id = $1 and type = 'rule' and deleted_at is null`, [id]),
    async create({ id, name, ruleJson, createdBy, now }) {
      const row = await one<RuleRow>(sql,
        `insert into discount_policies (tenant_id, id, type, name, rule_json, created_by, created_at, updated_at)
         values ($1, $2, 'rule', $3, $4, $5, $6, $6) returning ${columns}`,
        [tenantId, id, name, json(ruleJson), createdBy, now]);
      await addVersion({ id, version: 1, name, ruleJson, by: createdBy, now });
      return row as RuleRow;
    },
    async update({ id, name, ruleJson, enabled, expectedVersion, by, now }) {
      const row = await one<RuleRow>(sql,
        `update discount_policies set name = $2, rule_json = $3, enabled = coalesce($4, enabled), version = version + 1, updated_at = $6
          where id = $1 and version = $5 and deleted_at is null returning ${columns}`,
        [id, name, json(ruleJson), enabled ?? null, expectedVersion, now]);
      if (row) await addVersion({ id, version: row.version, name, ruleJson, by, now });
      return row;
    },
    remove: async (id, now) => (await affected(sql, 'update discount_policies set deleted_at = $2, enabled = false where id = $1 and deleted_at is null', [id, now])) > 0,
  };
}
