import type { LintFinding } from './lint-finding.ts';
import { Refuter } from './lint-refute.ts';
import { isEverything } from './lint-selector.ts';
import type { BaseName, Rule } from './rule.ts';

/** Bases that are fields of a row; where one is missing the row is blocked. */
const FIELD_OF_BASE: Readonly<Partial<Record<BaseName, string>>> = {
  compareAtPrice: 'variant.compareAtPrice', cost: 'variant.cost',
  'competitor.lowest': 'competitor.lowest', 'competitor.median': 'competitor.median', 'competitor.highest': 'competitor.highest',
};
const WORDS: Readonly<Record<string, string>> = { 'variant.cost': 'cost', 'variant.compareAtPrice': 'compare-at price' };

/** A valid rule that needs a value which no variant that it selects has: a margin of variants without cost. */
export function lintMissing({ selector, transform }: Rule): LintFinding[] {
  const base = transform.base && FIELD_OF_BASE[transform.base];
  const margin = (transform.steps ?? []).findIndex(({ type }) => type === 'margin');
  const needs = [
    ...(base ? [{ field: base, pointer: '/transform/base' }] : []),
    ...(margin >= 0 ? [{ field: 'variant.cost', pointer: `/transform/steps/${margin}` }] : []),
    ...(transform.bounds?.minMarginPercent === undefined ? [] : [{ field: 'variant.cost', pointer: '/transform/bounds/minMarginPercent' }]),
  ];
  const refuter = new Refuter();
  if (needs.length === 0 || isEverything(selector) || refuter.refutes([selector])) return [];
  const missing = needs.find(({ field }) => refuter.refutes([selector, { field, op: 'isSet' }]));
  if (!missing) return [];
  const what = WORDS[missing.field] ?? 'price of a competitor';
  return [{ code: 'value_always_missing', severity: 'contradiction', pointer: missing.pointer, message: `This needs a ${what}, and only variants without one are selected, so every one is blocked.`, advice: 'Select variants that have it, or price them another way.' }];
}
