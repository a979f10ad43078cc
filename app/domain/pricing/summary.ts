import type { ChangeSummary } from '@calibr/types';
import { minorNumber } from '../kernel/minor-number.ts';
import { moneyOf, timeOrNull } from '../kernel/money-dto.ts';
import { daysBetween } from '../facts/sales-window.ts';
import type { SalesWindow } from '../facts/sales-window.ts';
import type { PlanRow } from './change.ts';
import { ChangeDistribution } from './effect-distribution.ts';
import { Extremes } from './effect-extremes.ts';
import type { Extreme } from './effect-extremes.ts';
import { VolumeEffect } from './effect-volume.ts';
import type { VolumeTotals } from './effect-volume.ts';

/** Hundredths of a percent as "12.34", rounded half away from zero; null where nothing was measured. */
function percentText(hundredths: number | null): string | null {
  if (hundredths === null) return null;
  const rounded = Math.sign(hundredths) * Math.round(Math.abs(hundredths));
  return (rounded / 100).toFixed(2);
}

/** A row as far as a summary reads it; without `id` it is counted and not among the biggest changes. */
export type SummaryRow = Pick<PlanRow, 'outcome' | 'reason' | 'warnings' | 'beforePrice' | 'afterPrice' | 'cost'> & Partial<Pick<PlanRow, 'id' | 'sku' | 'title'>>;

export interface SummaryOptions {
  /** Needed for amounts: without it the summary has counts and percentages alone. */
  readonly currencyCode: string;
  /** How far the sales facts reach; null where no order was ever counted. */
  readonly sales: SalesWindow | null;
}

/** Adds up a plan row by row; memory does not grow with the plan, and a row makes nothing that is to be collected. */
export class SummaryCounter {
  readonly #options: SummaryOptions | null;
  #planned = 0;
  #unchanged = 0;
  #blocked = 0;
  readonly #byReason: Record<string, number> = {};
  readonly #byWarning: Record<string, number> = {};
  #increases = 0;
  #decreases = 0;
  #changeSum = 0;
  #changeRows = 0;
  #maxUp = 0;
  #maxDown = 0;
  #marginBefore = 0;
  #marginAfter = 0;
  #marginRows = 0;
  #costRows = 0;
  readonly #distribution = new ChangeDistribution();
  readonly #ups = new Extremes();
  readonly #downs = new Extremes();
  readonly #volume = new VolumeEffect();

  constructor(options: SummaryOptions | null = null) {
    this.#options = options;
  }

  /** As `add`, of a row of which only the numbers are at hand: what it comes to and, as safe integers, its price before and cost. */
  addNumbers({ outcome, reason, warnings, price }: { readonly outcome: 'planned' | 'unchanged' | 'blocked'; readonly reason: string | null; readonly warnings: readonly string[]; readonly price: number }, before: number, cost: number | null): void {
    for (let i = 0; i < warnings.length; i++) this.#byWarning[warnings[i]!] = (this.#byWarning[warnings[i]!] ?? 0) + 1;
    if (outcome === 'unchanged') this.#unchanged++;
    else if (outcome === 'blocked') this.#countBlocked(reason);
    else {
      this.#planned++;
      this.#countDirection(before, price);
      this.#countChange(before, price);
      this.#countMargin(before, price, cost);
    }
  }

  /** `units`: what the row's variant sold in the days of the sales window; null where no sales are known. */
  add(row: SummaryRow, units: number | null = null): void {
    for (let i = 0; i < row.warnings.length; i++) this.#byWarning[row.warnings[i]!] = (this.#byWarning[row.warnings[i]!] ?? 0) + 1;
    if (row.outcome === 'unchanged') {
      this.#unchanged++;
      return;
    }
    if (row.outcome === 'blocked') {
      this.#countBlocked(row.reason);
      return;
    }
    this.#planned++;
    if (row.afterPrice !== null) this.#addPlanned(row, row.afterPrice, units);
  }

  #countBlocked(reason: string | null): void {
    this.#blocked++;
    if (reason !== null) this.#byReason[reason] = (this.#byReason[reason] ?? 0) + 1;
  }

  #addPlanned(row: SummaryRow, afterPrice: bigint, units: number | null): void {
    // As numbers, which cost a fifth of bigints. Where an amount is too large to be one exactly, what is counted asks the bigints.
    const before = minorNumber(row.beforePrice);
    const after = minorNumber(afterPrice);
    if (before <= Number.MAX_SAFE_INTEGER && after <= Number.MAX_SAFE_INTEGER) this.#countDirection(before, after);
    else this.#countLarge(row.beforePrice, afterPrice);
    const change = this.#countChange(before, after);
    if (change > 0) this.#ups.add(change, row);
    else if (change < 0) this.#downs.add(-change, row);
    this.#countMargin(before, after, row.cost === null ? null : minorNumber(row.cost));
    if (units !== null) this.#volume.add(units, row.beforePrice, afterPrice, row.cost);
  }

  #countDirection(before: number, after: number): void {
    this.#distribution.add(before, after);
    if (after > before) this.#increases++;
    else if (after < before) this.#decreases++;
  }

  #countLarge(before: bigint, after: bigint): void {
    this.#distribution.addLarge(before, after);
    if (after > before) this.#increases++;
    else if (after < before) this.#decreases++;
  }

  /** Answers the change in hundredths of a percent; 0 where there is no percentage. */
  #countChange(before: number, after: number): number {
    if (before === 0) return 0;
    const change = ((after - before) / before) * 10_000;
    this.#changeSum += change;
    this.#changeRows++;
    if (change > this.#maxUp) this.#maxUp = change;
    else if (-change > this.#maxDown) this.#maxDown = -change;
    return change;
  }

  #countMargin(before: number, after: number, cost: number | null): void {
    if (cost === null) return;
    this.#costRows++;
    if (before === 0 || after === 0) return;
    this.#marginBefore += ((before - cost) / before) * 10_000;
    this.#marginAfter += ((after - cost) / after) * 10_000;
    this.#marginRows++;
  }

  summary(): ChangeSummary {
    const mean = (sum: number, rows: number): string | null => percentText(rows === 0 ? null : sum / rows);
    return {
      selected: this.#planned + this.#unchanged + this.#blocked, planned: this.#planned, unchanged: this.#unchanged, blocked: this.#blocked,
      byReason: this.#byReason,
      byWarning: this.#byWarning,
      increases: this.#increases,
      decreases: this.#decreases,
      compareAtOnly: this.#planned - this.#increases - this.#decreases,
      averageChangePercent: mean(this.#changeSum, this.#changeRows),
      maxIncreasePercent: percentText(this.#maxUp === 0 ? null : this.#maxUp),
      maxDecreasePercent: percentText(this.#maxDown === 0 ? null : this.#maxDown),
      averageMarginPercentBefore: mean(this.#marginBefore, this.#marginRows),
      averageMarginPercentAfter: mean(this.#marginAfter, this.#marginRows),
      revenueAtCurrentVolume: this.#atCurrentVolume(this.#volume.revenue()),
      ...this.#effect(),
    };
  }

  #effect(): Partial<ChangeSummary> {
    if (this.#options === null) return {};
    const { currencyCode, sales } = this.#options;
    const move = ({ id, sku, title, before, after }: Extreme) => ({
      itemId: id, sku, title, before: moneyOf(before, currencyCode), after: moneyOf(after, currencyCode),
      changePercent: percentText((Number(after - before) / Number(before)) * 10_000)!,
    });
    return {
      units: this.#volume.units(),
      grossProfitAtCurrentVolume: this.#atCurrentVolume(this.#volume.grossProfit()),
      costKnownFor: this.#costRows,
      sales: sales && { firstDay: sales.firstDay, lastDay: sales.lastDay, countedSince: timeOrNull(sales.countedSince)!, latestOrderAt: timeOrNull(sales.latestOrderAt)! },
      distribution: this.#distribution.result(),
      biggestIncreases: this.#ups.result().map(move),
      biggestDecreases: this.#downs.result().map(move),
    };
  }

  #atCurrentVolume(totals: VolumeTotals | null): ChangeSummary['revenueAtCurrentVolume'] {
    if (totals === null || this.#options === null || this.#options.sales === null) return null;
    const { currencyCode, sales } = this.#options;
    return {
      before: moneyOf(totals.before, currencyCode), after: moneyOf(totals.after, currencyCode), difference: moneyOf(totals.after - totals.before, currencyCode),
      knownFor: totals.rows, of: this.#planned, days: daysBetween(sales.firstDay, sales.lastDay),
    };
  }
}
