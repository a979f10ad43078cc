import type { Policies } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { DEFAULT_POLICY } from '../../domain/policies/policy.ts';
import { readPolicy } from '../../domain/policies/validate-policy.ts';
import { canonicalJson } from '../../domain/pricing/plan-seal.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { PolicyRow } from '../../ports/policy-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

interface Deps {
  readonly uow: UnitOfWork;
  readonly planMaxAgeHours: number;
}

function policiesDto(row: PolicyRow | null, configuredHours: number): Policies {
  const { guardrails, approvals } = row?.document ?? DEFAULT_POLICY;
  return {
    version: row?.version ?? null, guardrails: guardrails as Policies['guardrails'], approvals, planMaxAgeHours: approvals.planMaxAgeHours ?? configuredHours,
    updatedBy: row?.updatedBy ?? null, updatedAt: row?.updatedAt.toISOString() ?? null,
  };
}

/** The guardrails and the approval policy that hold now. */
export async function getPolicies({ uow, planMaxAgeHours }: Deps, ctx: FlowContext): Promise<Result<Policies>> {
  return uow.run(ctx.tenantId, async (tx) => ok(policiesDto(await tx.policies.get(), planMaxAgeHours)));
}

/**
 * Saves policies as a new version; the same ones again are none. Plans made under another version must be previewed again, and what
 * was approved under one loses its approval (`policy.updated` rings for that).
 * Errors: invalid `invalid_policy` with pointers; conflict `version_conflict` where `version` (null: none) is given and not in force any more.
 */
export async function savePolicies({ uow, planMaxAgeHours }: Deps, ctx: FlowContext, input: unknown): Promise<Result<Policies>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const tenant = await tx.tenant.get();
    const current = await tx.policies.get();
    const document = readPolicy(input, current?.document ?? DEFAULT_POLICY, (tenant?.currencyCode ?? 'USD') as CurrencyCode);
    if (!document.ok) return document;
    const inForce = current?.version ?? null;
    const expected = versionGiven(input);
    const conflict = (): Result<never> => problem('conflict', 'version_conflict', `The policies are at version ${current?.version ?? 'none'} now; load them again.`);
    if (expected !== undefined && expected !== inForce) return conflict();
    if (canonicalJson(document.value) === canonicalJson(current?.document ?? DEFAULT_POLICY)) return ok(policiesDto(current, planMaxAgeHours));
    const row = await tx.policies.save({ id: current?.id ?? ctx.newId(), document: document.value, expectedVersion: inForce, by: actorText(ctx.actor), now: ctx.now() });
    if (!row) return conflict();
    await tx.journal.append(ctx, {
      type: 'policy.updated', aggregateType: 'policy', aggregateId: row.id,
      payload: { policyId: row.id, version: row.version, ...document.value },
      audit: { action: 'updated', explain: { version: row.version, guardrails: Object.keys(document.value.guardrails), approvals: document.value.approvals } },
    });
    return ok(policiesDto(row, planMaxAgeHours));
  });
}

function versionGiven(input: unknown): number | null | undefined {
  const version = (input as { version?: unknown } | null)?.version;
  return version === null || typeof version === 'number' ? version : undefined;
}
