import type { ChangeSummary } from '@calibr/types';
import type { RuleRow } from '../../domain/catalog/catalog-row.ts';
import { eachPacked } from '../../domain/catalog/packed-amounts.ts';
import { rowTitle } from '../../domain/catalog/row-title.ts';
import { factsOfRow } from '../../domain/catalog/facts-of-row.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { pricePair } from '../../domain/pricing/change-dto.ts';
import { SummaryCounter } from '../../domain/pricing/summary.ts';
import type { KnownPrices } from '../../domain/reference-prices/lowest-price.ts';
import { RowReferences } from '../../domain/reference-prices/row-references.ts';
import { compileRule } from '../../domain/rules/compile.ts';
import type { CompiledRule } from '../../domain/rules/compile.ts';
import type { Amount } from '../../domain/rules/facts.ts';
import { quickOutcome } from '../../domain/rules/transform-quick.ts';
import { renderTrace } from '../../domain/rules/render-trace.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import type { TraceStep } from '../../domain/rules/trace.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import type { Verdict } from '../../domain/rules/verdict.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

const BATCH = 2_000;
/** Below this, rows that are shown are found by choosing all and sorting. */
const FEW_MAX = 10_000;
/** Rows that a dry run shows where nobody says how many, and at most. */
const DRY_RUN_ROWS = 20;
const DRY_RUN_ROWS_MAX = 50;

export interface RuleSample {
  readonly summary: ChangeSummary;
  readonly rows: readonly SampleRow[];
}

interface SampleRow {
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly outcome: 'planned' | 'unchanged' | 'blocked';
  readonly reason: string | null;
  readonly warnings: readonly string[];
  readonly before: ReturnType<typeof pricePair>;
  readonly after: ReturnType<typeof pricePair> | null;
  /** Why, as sentences. */
  readonly text: string;
}

/** A rule tried on the prices of a day of the past; everything but prices, compare-at prices and baselines is as of today. */
export interface PastRuleSample extends RuleSample {
  readonly at: string;
  /** Since when any price of the shop is known. */
  readonly knownSince: string;
  readonly currencyCode: string;
  /** Variants of today whose price of then is not known; they are in no count. */
  readonly variantsWithoutPrice: number;
}

/**
 * What a rule would do to the whole catalog, in numbers, and to its first `limit` rows, in full. Nothing is stored. Strike-throughs are
 * judged on those rows alone: reading every variant's prices of 30 days is for the preview. Errors: invalid `invalid_rule`.
 */
export async function sampleRule({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { rule, limit }: { rule: unknown; limit: number }): Promise<Result<RuleSample>> {
  return uow.run(ctx.tenantId, (tx) => sample(tx, ctx, { rule, limit, asOf: null }));
}

/**
 * The same on the prices as they were at `at`, of a rule as given or a saved one by its id. Reads only.
 * Errors: not_found; invalid `invalid_rule`, `at_in_future`, `before_first_price`.
 */
export async function dryRunRule(
  { uow }: { uow: UnitOfWork }, ctx: FlowContext, { at, limit, id, rule }: { at: Date; limit?: number; id?: string; rule?: unknown },
): Promise<Result<PastRuleSample>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const saved = id === undefined ? null : await tx.rules.get(id);
    if (id !== undefined && !saved) return problem('not_found', 'rule_not_found', 'There is no rule with this id.');
    if (at > ctx.now()) return refused('at_in_future', 'A dry run looks at a day of the past; preview a price change for what comes.');
    const first = await tx.history.firstKnown();
    if (first === null || at < first) {
      return refused('before_first_price', first === null ? 'No price of this shop is known yet; start a catalog sync.' : `The first price of this shop was recorded at ${first.toISOString()}; choose a later time.`);
    }
    const done = await sample(tx, ctx, { rule: saved ? saved.ruleJson : rule, limit: Math.min(Math.max(limit ?? DRY_RUN_ROWS, 0), DRY_RUN_ROWS_MAX), asOf: at });
    if (!done.ok) return done;
    return ok({ at: at.toISOString(), knownSince: first.toISOString(), currencyCode: (await tx.tenant.get())?.currencyCode ?? 'USD', variantsWithoutPrice: await tx.history.countUnknownAt(at), ...done.value });
  });
}

function refused(code: string, message: string): Result<never> {
  return problem('invalid', code, message, [{ pointer: '/at', code, message }]);
}

async function sample(tx: Tx, ctx: FlowContext, { rule: input, limit, asOf }: { rule: unknown; limit: number; asOf: Date | null }): Promise<Result<RuleSample>> {
  const tenant = await tx.tenant.get();
  const currency = (tenant?.currencyCode ?? 'USD') as CurrencyCode;
  const valid = validateRule(input, currency);
  if (!valid.ok) return valid;
  const rule: Rule = valid.value;
  const compiled = compileRule(rule, currency);
  const counter = new SummaryCounter();
  const references = new RowReferences(rule.transform, { start: (asOf ?? ctx.now()).getTime(), timeZone: tenant?.timeZone ?? 'UTC', currency });
  const rows: SampleRow[] = [];
  const judge = async (batch: readonly RuleRow[], counted: (row: RuleRow, tried: Tried) => void): Promise<void> => {
    const known = await tx.history.known(batch.filter((row) => references.needs(row)), references);
    for (const row of batch) {
      const shown = rows.length < limit;
      const tried = tryRow(row, known.get(row.variantId), { compiled, references, trace: shown });
      if (tried === null) continue;
      counted(row, tried);
      if (shown) rows.push(shownRow(row, tried, currency));
    }
  };
  if (asOf === null && !references.isBase) {
    await countAmounts(tx, rule, compiled, counter);
    const summary = counter.summary();
    if (summary.selected > 0) await judge(await tx.catalog.first(rule.selector, currency, limit, { few: summary.selected < FEW_MAX }), () => undefined);
    return ok({ summary, rows });
  }
  for await (const batch of tx.catalog.stream(rule.selector, currency, BATCH, asOf ?? undefined)) {
    await judge(batch, (row, { verdict, warnings }) =>
      counter.add({ outcome: verdict.outcome as 'planned', reason: verdict.reason, warnings, beforePrice: row.price, afterPrice: verdict.price, cost: row.cost }));
  }
  return ok({ summary: { ...counter.summary(), referencePrices: references.summary() }, rows });
}

/** The largest amount that is kept, in minor units; plans block what is beyond it. */
const AMOUNT_MAX = 9_223_372_036_854_775_807n;
const TOO_LARGE = { outcome: 'blocked', reason: 'price_too_large', warnings: [], price: null } as const;
const exactly = (amount: Amount): bigint => (typeof amount === 'number' ? BigInt(amount) : amount.n);

/** Counts what the rule makes of every selected variant, by its amounts alone: the database has judged the selector. */
async function countAmounts(tx: Tx, rule: Rule, compiled: CompiledRule, counter: SummaryCounter): Promise<void> {
  const counted = quickOutcome();
  for (const part of await tx.catalog.amounts(rule.selector, compiled.currency)) {
    eachPacked(part, (facts, live, cost) => {
      if (typeof live === 'number' && (cost === null || typeof cost === 'number') && compiled.count(facts, counted)) return counter.addNumbers(counted, live, cost);
      const priced = compiled.price(facts);
      const verdict = (priced.price ?? 0n) > AMOUNT_MAX || (priced.compareAtPrice ?? 0n) > AMOUNT_MAX ? TOO_LARGE : priced;
      counter.add({ outcome: verdict.outcome as 'planned', reason: verdict.reason, warnings: verdict.warnings, beforePrice: exactly(live), afterPrice: verdict.price, cost: cost === null ? null : exactly(cost) });
    });
  }
}

interface Tried {
  readonly verdict: Verdict;
  readonly warnings: readonly string[];
  readonly steps: readonly TraceStep[];
}

/** What the rule and the prices of the past say about a row; null where the rule does not select it. */
function tryRow(row: RuleRow, past: KnownPrices | undefined, { compiled, references, trace }: { compiled: CompiledRule; references: RowReferences; trace: boolean }): Tried | null {
  const base = references.base(past);
  const verdict = compiled.evaluate(factsOfRow(row, base?.value), { trace });
  if (verdict.outcome === 'notSelected') return null;
  const reference = references.judge({ outcome: verdict.outcome, price: verdict.price, compareAt: verdict.compareAtPrice }, past);
  return {
    verdict, warnings: reference?.warning ? [...verdict.warnings, reference.warning] : verdict.warnings,
    steps: [base?.step, reference?.step].filter((step) => step !== undefined),
  };
}

function shownRow(row: RuleRow, { verdict, warnings, steps }: Tried, currency: CurrencyCode): SampleRow {
  return {
    variantId: row.variantId, sku: row.sku, title: rowTitle(row), outcome: verdict.outcome as 'planned', reason: verdict.reason, warnings,
    before: pricePair(row.price, row.compareAt, currency), after: verdict.price === null ? null : pricePair(verdict.price, verdict.compareAtPrice, currency),
    text: verdict.trace === null ? '' : renderTrace([...verdict.trace.slice(0, -1), ...steps, ...verdict.trace.slice(-1)], currency),
  };
}
