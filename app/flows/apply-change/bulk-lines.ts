import { decideRow } from '../../domain/pricing/layers.ts';
import type { LayerRole, Stack } from '../../domain/pricing/layers.ts';
import { pointOf, targetOf } from '../../domain/pricing/price-point.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import type { BulkLine } from '../../ports/bulk-write.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import type { ApplyRun } from './apply-deps.ts';
import { stacksOf } from './claim-rows.ts';
import type { Intended } from './decide-rows.ts';

/** A row of an operation. */
export interface SentRow extends Intended {
  /** Nothing is known yet of what became of it. */
  readonly open: boolean;
  /** What the campaigns on its variant say now is what they said when it was sent; otherwise it is found out by reading. */
  readonly clear: boolean;
}

/** The lines of an operation as they were uploaded, in their order. */
export interface SentLine {
  readonly productRef: bigint;
  readonly rows: readonly SentRow[];
}

/**
 * What an operation sends, or has sent: made from what is stored, so that whoever takes it over makes the same. Rows in writing keep
 * the campaigns on their variants, and what was live when each was decided is kept with it.
 */
export async function linesOf(tx: Tx, run: Pick<ApplyRun, 'shop' | 'role'>, operationId: string): Promise<readonly SentLine[]> {
  const items = await tx.bulkWrites.items(operationId);
  const stacks = await stacksOf(tx, run, items.map((item) => item.variantId));
  const lines: { productRef: bigint; rows: SentRow[] }[] = [];
  for (const item of items) {
    const row = sentRow(item, run.role, stacks.get(item.variantId) ?? null, item.state === 'writing' && item.bulkId === operationId);
    const line = lines.at(-1);
    if (line?.productRef === item.productRef) line.rows.push(row);
    else lines.push({ productRef: item.productRef, rows: [row] });
  }
  return lines;
}

function sentRow(item: ItemRow, role: LayerRole, stack: Stack | null, open: boolean): SentRow {
  const expected = item.expectedPrice === null ? null : pointOf(item.expectedPrice, item.expectedCompareAt, item.expectedOrigin);
  const decision = open && expected ? decideRow(item, role, stack, expected) : null;
  if (expected && decision?.do === 'write') return { item, open, clear: true, target: decision.target, expected, effect: decision.effect };
  // What ended is in its line only for the places of the others.
  return { item, open, clear: false, target: targetOf(item), expected: targetOf(item), effect: { kind: 'none' } };
}

export function uploadOf(lines: readonly SentLine[]): readonly BulkLine[] {
  return lines.map(({ productRef, rows }) => ({ productRef, rows: rows.map(({ item, target }) => ({ variantRef: item.variantRef, price: target.price, compareAt: target.compareAt })) }));
}

export function openRows(lines: readonly SentLine[]): readonly ItemRow[] {
  return lines.flatMap(({ rows }) => rows.filter(({ open }) => open).map(({ item }) => item));
}
