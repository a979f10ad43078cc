import type { ChangeSummary } from '@calibr/types';
import type { PlanRow } from './change.ts';

/** Hundredths of a percent as "12.34", rounded half away from zero; null where nothing was measured. */
function percentText(hundredths: number | null): string | null {
  if (hundredths === null) return null;
  const rounded = Math.sign(hundredths) * Math.round(Math.abs(hundredths));
  return (rounded / 100).toFixed(2);
}

/** Adds up a plan row by row; memory does not grow with the plan. */
export class SummaryCounter {
  #selected = 0;
  #outcomes = { planned: 0, unchanged: 0, blocked: 0 };
  #byReason: Record<string, number> = {};
  #byWarning: Record<string, number> = {};
  #increases = 0;
  #decreases = 0;
  #compareAtOnly = 0;
  #changeSum = 0;
  #changeRows = 0;
  #maxUp: number | null = null;
  #maxDown: number | null = null;
  #marginBefore = 0;
  #marginAfter = 0;
  #marginRows = 0;

  add(row: Pick<PlanRow, 'outcome' | 'reason' | 'warnings' | 'beforePrice' | 'afterPrice' | 'cost'>): void {
    this.#selected++;
    this.#outcomes[row.outcome]++;
    if (row.reason) this.#byReason[row.reason] = (this.#byReason[row.reason] ?? 0) + 1;
    for (const warning of row.warnings) this.#byWarning[warning] = (this.#byWarning[warning] ?? 0) + 1;
    if (row.outcome !== 'planned' || row.afterPrice === null) return;
    if (row.afterPrice > row.beforePrice) this.#increases++;
    else if (row.afterPrice < row.beforePrice) this.#decreases++;
    else this.#compareAtOnly++;
    if (row.beforePrice > 0n) {
      const change = (Number(row.afterPrice - row.beforePrice) / Number(row.beforePrice)) * 10_000;
      this.#changeSum += change;
      this.#changeRows++;
      if (change > 0) this.#maxUp = Math.max(this.#maxUp ?? 0, change);
      if (change < 0) this.#maxDown = Math.max(this.#maxDown ?? 0, -change);
    }
    if (row.cost !== null && row.beforePrice > 0n && row.afterPrice > 0n) {
      this.#marginBefore += (Number(row.beforePrice - row.cost) / Number(row.beforePrice)) * 10_000;
      this.#marginAfter += (Number(row.afterPrice - row.cost) / Number(row.afterPrice)) * 10_000;
      this.#marginRows++;
    }
  }

  summary(): ChangeSummary {
    const mean = (sum: number, rows: number): string | null => percentText(rows === 0 ? null : sum / rows);
    return {
      selected: this.#selected,
      ...this.#outcomes,
      byReason: this.#byReason,
      byWarning: this.#byWarning,
      increases: this.#increases,
      decreases: this.#decreases,
      compareAtOnly: this.#compareAtOnly,
      averageChangePercent: mean(this.#changeSum, this.#changeRows),
      maxIncreasePercent: percentText(this.#maxUp),
      maxDecreasePercent: percentText(this.#maxDown),
      averageMarginPercentBefore: mean(this.#marginBefore, this.#marginRows),
      averageMarginPercentAfter: mean(this.#marginAfter, this.#marginRows),
      revenueAtCurrentVolume: null,
    };
  }
}
