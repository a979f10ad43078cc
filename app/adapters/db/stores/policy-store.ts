import { NO_POLICY } from '../../../domain/policies/policy.ts';
import type { Decision } from '../../../domain/policies/approvals-dto.ts';
import type { DecisionStore, PolicyRow, PolicyStore } from '../../../ports/policy-store.ts';
import { affected, json, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

const NAME = 'Policies';
/** Who saved the version in force stands with the version; `created_by` of the policy is who made the first. */
const columns = 'p.id, p.version, p.rule_json as document, v.created_by as updated_by, v.created_at as updated_at';
const tables = 'discount_policies p join discount_policy_versions v on v.tenant_id = p.tenant_id and v.policy_id = p.id and v.version = p.version';
const inForce = "p.type = 'guardrail' and p.deleted_at is null";

export function policyStore(sql: Sql, tenantId: string): PolicyStore {
  const get = (): Promise<PolicyRow | null> => one<PolicyRow>(sql, `select ${columns} from ${tables} where ${inForce}`);
  return {
    get,
    async inForce() {
      const row = await get();
      return row ? { version: row.version, document: row.document } : NO_POLICY;
    },
    async save({ id, document, expectedVersion, by, now }) {
      const text = json(document);
      const saved = expectedVersion === null
        ? await one<{ id: string; version: number }>(sql,
          `insert into discount_policies (tenant_id, id, type, name, rule_json, created_by, created_at, updated_at) values ($1, $2, 'guardrail', $3, $4, $5, $6, $6)
           on conflict (tenant_id) where type = 'guardrail' and deleted_at is null do nothing returning id, version`, [tenantId, id, NAME, text, by, now])
        : await one<{ id: string; version: number }>(sql,
          `update discount_policies p set rule_json = $1, version = version + 1, updated_at = $2 where ${inForce} and p.version = $3 returning p.id, p.version`, [text, now, expectedVersion]);
      if (!saved) return null;
      await sql.query(
        'insert into discount_policy_versions (tenant_id, policy_id, version, name, rule_json, created_by, created_at) values ($1,$2,$3,$4,$5,$6,$7)',
        [tenantId, saved.id, saved.version, NAME, text, by, now]);
      return get();
    },
    async approvedUnderOther(what) {
      const approved = "select id from price_changes where state in ('approved', 'scheduled') and kind <> 'rollback'";
      const rows = 'ruleId' in what
        ? await many<{ id: string }>(sql, `${approved} and rule_id = $1 and rule_version is distinct from $2 order by id`, [what.ruleId, what.ruleVersion])
        : await many<{ id: string }>(sql, `${approved} and policy_version is distinct from $1 order by id`, [what.policyVersion]);
      return rows.map(({ id }) => id);
    },
    cancelCapped: (changeId, { cap, since, verdict, now }) => affected(sql,
      `with sent as (
         select variant_id from price_change_items where intent_at >= $2 and change_id <> $1
         union all
         select i.variant_id from price_change_items i join price_changes c on c.tenant_id = i.tenant_id and c.id = i.change_id
          where c.state in ('applying', 'paused') and i.state in ('queued', 'writing') and i.change_id <> $1 and (i.intent_at is null or i.intent_at < $2)),
       capped as (select variant_id from sent group by variant_id having count(*) >= $3)
       update price_change_items i set state = 'cancelled', verdict = $4, finished_at = $5 from capped c
        where i.change_id = $1 and i.state = 'planned' and i.variant_id = c.variant_id`, [changeId, since, cap, verdict, now]),
    async writesSince(variantIds, since) {
      const rows = await many<{ variantId: string; n: number }>(sql,
        `select variant_id, count(*)::int as n from price_change_items where intent_at >= $1 and variant_id = any($2::uuid[]) group by variant_id`, [since, variantIds]);
      return new Map(rows.map(({ variantId, n }) => [variantId, n]));
    },
  };
}

export function decisionStore(sql: Sql, tenantId: string): DecisionStore {
  return {
    async add({ id, changeId, planHash, decision, actor, role, comment, createdAt }) {
      await sql.query(
        `insert into price_change_decisions (tenant_id, id, change_id, plan_hash, decision, actor, role, comment, created_at, seq)
         select $1,$2,$3,$4,$5,$6,$7,$8,$9, coalesce(max(seq), 0) + 1 from price_change_decisions where change_id = $3`,
        [tenantId, id, changeId, planHash, decision, actor, role, comment, createdAt]);
    },
    list: (changeId) => many<Decision>(sql,
      'select id, change_id, plan_hash, decision, actor, role, comment, created_at from price_change_decisions where change_id = $1 order by seq', [changeId]),
  };
}
