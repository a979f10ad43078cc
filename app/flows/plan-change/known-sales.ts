import { dayIn } from '../../domain/facts/sales-window.ts';
import type { SalesWindow } from '../../domain/facts/sales-window.ts';
import type { UnitsSold } from '../../domain/facts/units-sold.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/** What a plan is weighed by; both null where no order was ever counted. */
export interface KnownSales {
  readonly window: SalesWindow | null;
  readonly sold: UnitsSold | null;
}

export const NO_SALES: KnownSales = { window: null, sold: null };

/** Lets "the last 30 days" end today, in a transaction of its own: orders that come in while a large plan is made wait for neither. */
export async function moveSalesWindow({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const tenant = await tx.tenant.get();
    if (tenant) await tx.sales.moveWindow(dayIn(tenant.timeZone, ctx.now()));
  });
}

export async function knownSales(tx: Tx): Promise<KnownSales> {
  const window = await tx.sales.window();
  return { window, sold: window && (await tx.sales.unitsOfAll()) };
}
