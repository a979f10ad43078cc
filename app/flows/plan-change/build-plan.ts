import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { RuleRow } from '../../domain/catalog/catalog-row.ts';
import type { ChangeRow, PlanRow } from '../../domain/pricing/change.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { planHeader, sealContent, sealHeader, sealRow } from '../../domain/pricing/plan-seal.ts';
import { SummaryCounter } from '../../domain/pricing/summary.ts';
import type { KnownPrices } from '../../domain/reference-prices/lowest-price.ts';
import { RowReferences } from '../../domain/reference-prices/row-references.ts';
import { compileRule } from '../../domain/rules/compile.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import { timingOf } from '../../domain/schedules/timing.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Digest } from '../../ports/digest.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { approveAutomatically, loadGuards, voidByPreview } from './plan-guards.ts';
import type { PlanGuards } from './plan-guards.ts';
import { planSource } from './plan-rows.ts';
import type { PlanSource } from './plan-rows.ts';
import { NO_SALES, knownSales, moveSalesWindow } from './known-sales.ts';
import { targetFailure } from './plan-target.ts';
import { priceRow } from './price-row.ts';
import type { RowPricing } from './price-row.ts';
import { settleRun } from './settle-run.ts';

/** Few enough that what a batch is made of is gone before the collector keeps it: larger ones cost half as much again. */
const BATCH = 500;
/** So many rows are priced without looking up. */
const TURN = 100;
/** Hexadecimal digits of a row's id that are its place. */
const ROW_DIGITS = 12;

export interface BuildPlanDeps {
  readonly uow: UnitOfWork;
  readonly newDigest: () => Digest;
  /** Lets whatever else waits for this thread have its turn. Not given: the whole batch is priced first. */
  readonly turn?: () => Promise<unknown>;
}

/**
 * Builds the plan of a change whose preview was asked for: every selected variant priced, explained and sealed in one
 * transaction. A change that is no longer waiting for a plan is left alone, so that running this twice does nothing.
 */
export async function buildPlan({ uow, newDigest, turn }: BuildPlanDeps, ctx: FlowContext, { id }: { id: string }): Promise<Result<void>> {
  await moveSalesWindow({ uow }, ctx);
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || change.activity !== 'previewing') return ok();
    const next = nextChangeState(change.state, 'preview');
    const current = await currentRule(tx, change);
    const tenant = await tx.tenant.get();
    const failure = !next.ok ? next.error.detail : !current.ok ? current.error.detail : await targetFailure(tx, change, current.value.rule, tenant?.currencyCode ?? null);
    if (!next.ok || !current.ok || failure !== null) {
      await tx.changes.update(id, { activity: null, failure }, ctx.now());
      return ok();
    }
    const { rule, ruleVersion } = current.value;
    await voidByPreview(tx, ctx, change);
    const startsAt = announcedAt(change, ctx.now());
    const timeZone = tenant?.timeZone ?? 'UTC';
    const guards = await loadGuards(tx, ctx, { rule, currency: change.currencyCode as CurrencyCode, timeZone, startsAt });
    const policyVersion = guards.policy.version;
    // A new plan voids the approval of the old one.
    await tx.changes.update(id, { state: 'draft', planHash: null, approvedHash: null, approvedBy: null, approvedAt: null, approvalComment: null, approvalsRequired: null, policyVersion, ruleJson: rule, selectorJson: rule.selector, transformJson: rule.transform, ruleVersion }, ctx.now());
    await tx.items.deletePlan(id);
    const header = { ...change, ruleJson: rule, ruleVersion, policyVersion };
    const references = new RowReferences(rule.transform, { start: startsAt, timeZone, currency: change.currencyCode as CurrencyCode });
    const pricing = { compiled: compileRule(rule, change.currencyCode as CurrencyCode), transform: rule.transform, references, ...guards };
    const source = await planSource(tx, change, rule, guards.selector, BATCH);
    const recurs = change.seriesId !== null || (change.scheduleJson as RuleSchedule | null)?.recurrence;
    const { planHash, contentHash, summary: counted } = await insertRows(tx, ctx, { id, header, pricing, source, digest: newDigest(), content: recurs ? newDigest() : null, turn });
    const summary = { ...counted, findings: await guards.findings(counted) };
    const planVersion = change.planVersion + 1;
    const previewed = await tx.changes.update(id, { state: next.value, activity: null, planHash, planVersion, summary: summary as never, contentHash, staleReason: null, previewedAt: ctx.now(), failure: null }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.previewed', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash, planVersion, policyVersion, summary },
      audit: { action: 'previewed', explain: { planHash, planVersion, selected: summary.selected, planned: summary.planned, blocked: summary.blocked, policyVersion } },
    });
    // A delta is a person's decision about rows that went stale.
    if ((await settleRun(tx, ctx, previewed)) === 'open' && previewed.kind !== 'delta') await approveAutomatically(tx, ctx, (await tx.changes.get(id))!, guards.policy);
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

/** When the plan's reductions begin, in milliseconds: its start where that is still to come, otherwise now. */
function announcedAt(change: ChangeRow, now: Date): number {
  const timing = timingOf(change.scheduleJson as RuleSchedule | null, now, change.occurrenceAt);
  const startsAt = timing.ok ? timing.value.scheduleAt : null;
  return Math.max(now.getTime(), startsAt?.getTime() ?? 0);
}

/** The rule to plan by: the saved rule as it is now, or the change's own. */
async function currentRule(tx: Tx, change: ChangeRow) {
  const saved = change.ruleId === null ? null : await tx.rules.get(change.ruleId);
  const valid = validateRule(saved ? saved.ruleJson : change.ruleJson, change.currencyCode as CurrencyCode);
  return valid.ok ? ok({ rule: valid.value, ruleVersion: saved ? saved.version : change.ruleVersion }) : valid;
}

async function insertRows(
  tx: Tx, ctx: FlowContext,
  { id, header, pricing, source, digest, content, turn }: { id: string; header: ChangeRow; pricing: RowPricing & PlanGuards; source: PlanSource; digest: Digest; content: Digest | null; turn: BuildPlanDeps['turn'] },
) {
  const { references } = pricing;
  // What sells is not known by market.
  const { window, sold } = header.priceListId ? NO_SALES : await knownSales(tx);
  const counter = new SummaryCounter({ currencyCode: header.currencyCode, sales: window });
  digest.update(sealHeader(planHeader(header)));
  let position = 0;
  let ready: PlanRow[] = [];
  // Ids that come one after the other cost the database's index of them a fraction of what random ones do.
  const ids = ctx.newId().slice(0, -ROW_DIGITS);
  const rows = source.batches[Symbol.asyncIterator]();
  const load = async (): Promise<Loaded | null> => {
    const next = await rows.next();
    if (next.done) return null;
    const batch = next.value;
    const known = await tx.history.known(batch.filter((row) => references.needs(row)), references, header.priceListId);
    return { batch, known, sent: await pricing.sentToday(batch.map((row) => row.variantId)) };
  };
  let loading = quietly(load());
  try {
    for (let loaded = await loading; loaded !== null; loaded = await loading) {
      // The database stores the batch before and reads the next one while this one is priced.
      const storing = quietly(tx.items.insertPlan(id, ready));
      loading = quietly(load());
      await source.prepare(loaded.batch);
      ready = [];
      let seals = '';
      let contents = '';
      for (const row of loaded.batch) {
        const rowId = ids + position.toString(16).padStart(ROW_DIGITS, '0');
        const priced = priceRow(row, pricing, { known: loaded.known.get(row.variantId), sentToday: loaded.sent.get(row.variantId) ?? 0 }, rowId, position);
        const planned = source.settle(row, priced, rowId, position);
        if (!planned) continue;
        position++;
        counter.add(planned, sold && sold.of(planned.variantRef));
        seals += sealRow(planned);
        if (content) contents += sealContent(planned);
        ready.push(planned);
        // So that what the database answered is heard and it is asked for the next thing.
        if (turn && position % TURN === 0) await turn();
      }
      digest.update(seals);
      content?.update(contents);
      await storing;
    }
  } finally {
    await loading.catch(() => undefined);
    await rows.return?.();
  }
  await tx.items.insertPlan(id, ready);
  return { planHash: digest.hex(), contentHash: content?.hex() ?? null, summary: { ...counter.summary(), referencePrices: references.summary() } };
}

/** A batch of variants with what their past says. */
interface Loaded {
  readonly batch: readonly RuleRow[];
  readonly known: ReadonlyMap<string, KnownPrices>;
  readonly sent: ReadonlyMap<string, number>;
}

/** Work that is waited for later: until then its failure is no surprise to anybody. */
function quietly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
