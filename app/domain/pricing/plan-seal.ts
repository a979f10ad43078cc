import type { ChangeRow, PlanRow } from './change.ts';

/** What a plan is made by, beside its rows. */
export interface PlanHeader {
  readonly changeId: string;
  readonly kind: string;
  readonly currencyCode: string;
  readonly ruleId: string | null;
  readonly ruleVersion: number | null;
  readonly ruleJson: unknown;
  readonly policyVersion: number | null;
  readonly rollbackOf: string | null;
  /** Left out for the shop's own prices. */
  readonly priceListId?: string | undefined;
}

/** What the plan of a change is made by. */
export function planHeader({ id, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf, priceListId }: ChangeRow): PlanHeader {
  return { changeId: id, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf, priceListId: priceListId ?? undefined };
}

/** JSON with sorted keys: the same value is the same text, whatever path it came by. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** First line of the text that a plan's hash is made of. */
export function sealHeader(header: PlanHeader): string {
  return `calibrate-plan/1\n${canonicalJson({ ...header })}\n`;
}

/**
 * One line a row of what it does to the variant, whatever its id, its place and the version of the rule: the same lines do the same.
 * Prices are those without campaigns, so that a campaign that happened to run while planning makes no difference.
 */
export function sealContent(row: PlanRow): string {
  const [price, compareAt] = row.baselinePrice === null ? [row.beforePrice, row.beforeCompareAt] : [row.baselinePrice, row.baselineCompareAt];
  return [row.variantId, row.outcome, row.reason, price, compareAt, row.afterPrice, row.afterCompareAt, row.cost].map((part) => part ?? '-').join('|') + '\n';
}

/** One line a row: what it is, what it was made of and where it shall go. Warnings and texts are not part of what is written. */
export function sealRow(row: PlanRow): string {
  const origins = row.beforeOrigin ? `|${row.beforeOrigin}|${row.afterOrigin ?? '-'}` : '';
  return `${row.position}|${row.variantId}|${row.variantRef}|${row.productRef}|${row.outcome}|${row.reason ?? '-'}|${row.beforePrice}|${row.beforeCompareAt ?? '-'}|${row.afterPrice ?? '-'}|${row.afterCompareAt ?? '-'
  }|${row.baselinePrice ?? '-'}|${row.baselineCompareAt ?? '-'}|${row.layerId ?? '-'}|${row.source}|${row.policyVersion ?? '-'}|${row.cost ?? '-'}|${row.sourceItemId ?? '-'}${origins}\n`;
}
