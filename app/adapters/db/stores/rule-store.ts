import type { RuleRow, RuleStore, RuleVersionRow } from '../../../ports/rule-store.ts';
import { decodeCursor, page } from './cursor.ts';
import type { ListScope } from './cursor.ts';
import { affected, assignments, json, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

const columns = `id, type, name, rule_json, version, enabled, automation_trigger, automation_at, automation_since, automation_done_at,
  created_by, created_at, updated_at`;

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
    lock: (id) => one<RuleRow>(sql, `select ${columns} from discount_policies where id = $1 and type = 'rule' and deleted_at is null for update`, [id]),
    async versions(id, { limit, cursor }) {
      const scope: ListScope = { list: 'rule-versions', filter: { id }, parts: ['integer'] };
      const after = decodeCursor(cursor, scope);
      const rows = await many<RuleVersionRow>(sql,
        `select version, name, rule_json, created_by, created_at from discount_policy_versions
          where policy_id = $1 and ($2::int is null or version < $2) order by version desc limit $3`, [id, after?.[0] ?? null, limit + 1]);
      return page(rows, limit, scope, (row) => [row.version]);
    },
    async setAutomation(id, facts) {
      const set = assignments(facts, 2);
      if (set.text) await sql.query(`update discount_policies set ${set.text} where id = $1`, [id, ...set.params]);
    },
    onCatalog: () => many<RuleRow>(sql, `select ${columns} from discount_policies where type = 'rule' and automation_trigger = 'catalog' and enabled and deleted_at is null`),
    async touch(ids, { now, delayMs, longestMs }) {
      await sql.query(
        `update discount_policies set automation_since = coalesce(automation_since, $2),
            automation_at = least(coalesce(automation_since, $2) + $4::int * interval '1 millisecond', $2::timestamptz + $3::int * interval '1 millisecond')
          where automation_trigger = 'catalog' and enabled and deleted_at is null and ($1::uuid[] is null or id = any($1))`, [ids, now, delayMs, longestMs]);
    },
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
