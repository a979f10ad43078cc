import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow, PlanRow } from '../../domain/pricing/change.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { sealHeader, sealRow } from '../../domain/pricing/plan-seal.ts';
import { SummaryCounter } from '../../domain/pricing/summary.ts';
import { compileRule } from '../../domain/rules/compile.ts';
import type { CompiledRule } from '../../domain/rules/compile.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Digest } from '../../ports/digest.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { priceRow } from './price-row.ts';

const BATCH = 2_000;

export interface BuildPlanDeps {
  readonly uow: UnitOfWork;
  readonly newDigest: () => Digest;
}

/**
 * Builds the plan of a change whose preview was asked for: every selected variant priced, explained and sealed in one
 * transaction. A change that is no longer waiting for a plan is left alone, so that running this twice does nothing.
 */
export async function buildPlan({ uow, newDigest }: BuildPlanDeps, ctx: FlowContext, { id }: { id: string }): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || change.activity !== 'previewing') return ok();
    const next = nextChangeState(change.state, 'preview');
    const current = await currentRule(tx, change);
    const currency = (await tx.tenant.get())?.currencyCode;
    if (!next.ok || !current.ok || currency !== change.currencyCode) {
      const failure = !next.ok ? next.error.detail : !current.ok ? current.error.detail
        : `The shop's currency is now ${currency ?? 'not known'}, and this change was made in ${change.currencyCode}. Make a new price change.`;
      await tx.changes.update(id, { activity: null, failure }, ctx.now());
      return ok();
    }
    const { rule, ruleVersion } = current.value;
    // A new plan voids the approval of the old one.
    await tx.changes.update(id, { state: 'draft', planHash: null, approvedHash: null, approvedBy: null, approvedAt: null, approvalComment: null, ruleJson: rule, selectorJson: rule.selector, transformJson: rule.transform, ruleVersion }, ctx.now());
    await tx.items.deletePlan(id);
    const header = { ...change, changeId: id, ruleJson: rule, ruleVersion };
    const { planHash, summary } = await insertRows(tx, ctx, { id, header, compiled: compileRule(rule, change.currencyCode as CurrencyCode), digest: newDigest(), rule });
    const planVersion = change.planVersion + 1;
    await tx.changes.update(id, { state: next.value, activity: null, planHash, planVersion, summary: summary as never, previewedAt: ctx.now(), failure: null }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.previewed', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash, planVersion, policyVersion: change.policyVersion, summary },
      audit: { action: 'previewed', explain: { planHash, planVersion, selected: summary.selected, planned: summary.planned, blocked: summary.blocked } },
    });
    return ok();
  });
}

/** Says why no plan came about after it was tried again and again; it can be asked for again. */
export async function abandonPlan({ uow }: Pick<BuildPlanDeps, 'uow'>, ctx: FlowContext, { id, failure }: { id: string; failure: string }): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (change?.activity === 'previewing') await tx.changes.update(id, { activity: null, failure }, ctx.now());
  });
}

/** The rule to plan by: the saved rule as it is now, or the change's own. */
async function currentRule(tx: Tx, change: ChangeRow) {
  const saved = change.ruleId === null ? null : await tx.rules.get(change.ruleId);
  const valid = validateRule(saved ? saved.ruleJson : change.ruleJson, change.currencyCode as CurrencyCode);
  return valid.ok ? ok({ rule: valid.value, ruleVersion: saved ? saved.version : change.ruleVersion }) : valid;
}

async function insertRows(
  tx: Tx, ctx: FlowContext,
  { id, header, compiled, digest, rule }: { id: string; header: Parameters<typeof pick>[0]; compiled: CompiledRule; digest: Digest; rule: { selector: Parameters<Tx['catalog']['stream']>[0] } },
) {
  const counter = new SummaryCounter();
  digest.update(sealHeader(pick(header)));
  let position = 0;
  let priced: PlanRow[] = [];
  for await (const batch of tx.catalog.stream(rule.selector, header.currencyCode, BATCH)) {
    // The database stores the batch before while this one is priced.
    const storing = tx.items.insertPlan(id, priced);
    storing.catch(() => undefined);
    priced = [];
    for (const row of batch) {
      const planned = priceRow(row, { compiled }, ctx.newId(), position);
      if (!planned) continue;
      position++;
      counter.add(planned);
      digest.update(sealRow(planned));
      priced.push(planned);
    }
    await storing;
  }
  await tx.items.insertPlan(id, priced);
  return { planHash: digest.hex(), summary: counter.summary() };
}

function pick({ changeId, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf }: ChangeRow & { changeId: string }) {
  return { changeId, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf };
}
